import type { DocumentRequest } from '../documents/document-request.js';
import { bounded } from '../limits.js';
import type { ActivityView } from './call-view.js';
import type { OtherLeg } from './other-leg.js';

/** What a call is in the middle of: a verb that takes its time. */
export class Activity {
  private readonly since = new Date();

  /**
   * @param otherLeg the party that a `<Dial>` has connected
   * @param interruption what SignalWire fetches where an update takes the call out of the verb
   */
  constructor(
    private readonly verb: { readonly name: string; readonly text: string },
    readonly otherLeg: OtherLeg | null = null,
    private readonly interruption: () => DocumentRequest | null = () => null,
  ) {}

  /** Ends it before its time, and the other leg with it. */
  interrupt(): DocumentRequest | null {
    this.otherLeg?.drop();
    return this.interruption();
  }

  view(): ActivityView {
    return { verb: this.verb.name, text: bounded(this.verb.text), since: this.since.toISOString() };
  }
}
