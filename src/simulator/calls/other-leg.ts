import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { Verb } from '../documents/document.js';
import { bounded } from '../limits.js';
import type { DialRecord, DialStatus } from './call-view.js';
import type { Records, Unnumbered } from './records.js';

/** The party connected by a `<Dial>`. It answers at once and stays until it is ended or dropped. */
export class OtherLeg {
  private readonly events = new EventEmitter();

  private constructor(private readonly record: DialRecord) {}

  /** Dials the party in `verb` and adds a record to `dials`. */
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

  /** Ends the leg because the call has left it. */
  drop(): void {
    if (this.record.endedAt !== null) return;
    this.record.dropped = true;
    this.close('completed');
  }

  /** @throws the signal's reason if the document is replaced or the call ends first */
  async ended(signal: AbortSignal): Promise<void> {
    await once(this.events, 'ended', { signal });
  }

  /** The parameters of the request to a `<Dial>`'s action: "Dial" page of SignalWire's cXML docs. */
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
