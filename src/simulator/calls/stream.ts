import { randomUUID } from 'node:crypto';
import type { FormMethod } from '../outgoing/outgoing-request.js';
import type { StreamView } from './call-view.js';
import type { CreateStream } from './create-call.js';

/** A media stream of a call. */
export class Stream {
  readonly sid: string;
  readonly name: string;
  readonly statusCallback: string | undefined;
  readonly statusCallbackMethod: FormMethod;
  readonly startedAt = new Date();
  stoppedAt: Date | null = null;

  /** A stream without a name is named after its sid (`StreamName` on the "Stream" page of SignalWire's cXML docs). */
  constructor(input: Partial<CreateStream>) {
    this.sid = input.sid ?? randomUUID();
    this.name = input.name ?? this.sid;
    this.statusCallback = input.statusCallback;
    this.statusCallbackMethod = input.statusCallbackMethod ?? 'POST';
  }

  view(): StreamView {
    return {
      sid: this.sid,
      name: this.name,
      status: this.stoppedAt === null ? 'in-progress' : 'stopped',
      startedAt: this.startedAt.toISOString(),
      stoppedAt: this.stoppedAt?.toISOString() ?? null,
    };
  }
}
