import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { Verb } from '../documents/document.js';
import { bounded } from '../limits.js';
import type { DialRecord, DialStatus } from './call-view.js';
import type { Records, Unnumbered } from './records.js';

/** The party that a `<Dial>` has connected. It answers at once and stays until it is ended or dropped. */
export class OtherLeg {
  private readonly events = new EventEmitter();

  private constructor(private readonly record: DialRecord) {}

  /** The party that `verb` dials, with a record of its own in `dials`. */
  static of(dials: Records<Unnumbered<DialRecord>>, { text, attributes }: Verb): OtherLeg {
    const record = dials.add({
      sid: randomUUID(),
      to: bounded(text),
      callerId: attributes.callerId === undefined ? null : bounded(attributes.callerId),
      startedAt: new Date().toISOString(),
      endedAt: null,
      status: null,
      dropped: false,
    });
    return new OtherLeg(record);
  }

  end(status: DialStatus): void {
    this.close(status);
    this.events.emit('ended');
  }

  /** It goes because the call was taken away from it. */
  drop(): void {
    if (this.record.endedAt !== null) return;
    this.record.dropped = true;
    this.close('completed');
  }

  /** @throws the signal's reason where the document is replaced, or the call ends, before it is gone */
  async ended(signal: AbortSignal): Promise<void> {
    await once(this.events, 'ended', { signal });
  }

  /** What a `<Dial>` tells its action: "Dial" page of SignalWire's cXML docs. */
  params(): Record<string, string> {
    const { sid, startedAt, endedAt, status } = this.record;
    const ms = status === 'completed' ? Date.parse(endedAt ?? startedAt) - Date.parse(startedAt) : 0;
    return {
      DialCallSid: sid,
      DialCallStatus: status ?? '',
      DialCallDuration: String(Math.round(ms / 1000)),
    };
  }

  private close(status: DialStatus): void {
    this.record.status = status;
    this.record.endedAt = new Date().toISOString();
  }
}
