import type { DocumentRequest } from '../documents/document-request.js';
import { bounded } from '../limits.js';
import type { ActivityView } from './call-view.js';
import type { OtherLeg } from './other-leg.js';

/** The verb that a call is currently in. */
export class Activity {
  private readonly since = new Date();

  /**
   * @param otherLeg the party connected by a `<Dial>`
   * @param interruption returns the request that SignalWire makes when an update interrupts the verb
   */
  constructor(
    private readonly verb: { readonly name: string; readonly text: string },
    readonly otherLeg: OtherLeg | null = null,
    private readonly interruption: () => DocumentRequest | null = () => null,
  ) {}

  /** Ends the verb early, drops the other leg, and returns the request to make, if any. */
  interrupt(): DocumentRequest | null {
    this.otherLeg?.drop();
    return this.interruption();
  }

  view(): ActivityView {
    return { verb: this.verb.name, text: bounded(this.verb.text), since: this.since.toISOString() };
  }
}
