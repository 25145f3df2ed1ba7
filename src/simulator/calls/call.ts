import { randomUUID } from 'node:crypto';
import { FaultQueue } from '../faults/fault-queue.js';
import type { Fault } from '../faults/fault.js';
import type { DocumentRequest } from '../documents/document-request.js';
import type { Activity } from './activity.js';
import type {
  CallbackRecord,
  CallStatus,
  CallView,
  DialRecord,
  Direction,
  EndReason,
  FetchRecord,
  StreamView,
  UpdateRecord,
  VerbRecord,
} from './call-view.js';
import type { CreateCall } from './create-call.js';
import { Records } from './records.js';
import type { Unnumbered } from './records.js';
import { Stream } from './stream.js';

const UNFINISHED: ReadonlySet<CallStatus> = new Set(['queued', 'ringing', 'in-progress']);

/** The state of one call, and the records of what happened to it. */
export class Call {
  readonly sid: string;
  readonly from: string;
  readonly to: string;
  readonly direction: Direction;
  readonly sayMs: number;
  readonly playMs: number;
  readonly streams: Stream[];
  readonly createdAt = new Date();
  readonly said = new Records<{ text: string }>();
  readonly verbs = new Records<Unnumbered<VerbRecord>>();
  readonly dials = new Records<Unnumbered<DialRecord>>();
  readonly updates = new Records<Unnumbered<UpdateRecord>>();
  readonly streamPosts = new Records<Unnumbered<UpdateRecord>>();
  readonly fetches = new Records<Unnumbered<FetchRecord>>();
  readonly callbacks = new Records<Unnumbered<CallbackRecord>>();
  readonly warnings = new Records<{ text: string }>();
  reads = 0;
  faults: FaultQueue;
  status: CallStatus;
  updatedAt = this.createdAt;
  answeredAt: Date | null;
  endedAt: Date | null = null;
  endReason: EndReason | null = null;
  activity: Activity | null = null;
  private document: AbortController | null = null;

  /** @param account the call's project, and the default duration of a `<Say>` in ms */
  constructor(
    input: CreateCall,
    private readonly account: { readonly sid: string; readonly sayMs: number },
    private readonly onChange: (call: Call) => void,
  ) {
    this.sid = input.sid ?? randomUUID();
    this.status = input.status ?? 'in-progress';
    this.from = input.from ?? '+15550001111';
    this.to = input.to ?? '+15550002222';
    this.direction = input.direction ?? 'inbound';
    this.sayMs = input.sayMs ?? account.sayMs;
    this.playMs = input.playMs ?? this.sayMs;
    this.streams = (input.streams ?? []).map((stream) => new Stream(stream));
    this.faults = new FaultQueue(input.faults);
    this.answeredAt = this.status === 'in-progress' ? this.createdAt : null;
    if (this.finished) this.endedAt = this.createdAt;
  }

  get finished(): boolean {
    return !UNFINISHED.has(this.status);
  }

  get accountSid(): string {
    return this.account.sid;
  }

  /** Notifies everyone who waits for this call. Must be called after every change. */
  changed(): void {
    this.onChange(this);
  }

  /**
   * A final status also stops the document and the streams, all in one change.
   *
   * @param reason ignored unless the status is final
   * @returns the streams that stopped with the call
   */
  setStatus(status: CallStatus, reason: EndReason): Stream[] {
    this.status = status;
    this.updatedAt = new Date();
    if (status === 'in-progress') this.answeredAt ??= this.updatedAt;
    const stopped = this.finished ? this.end(this.updatedAt, reason) : [];
    this.changed();
    return stopped;
  }

  begin(activity: Activity): void {
    this.activity = activity;
    this.changed();
  }

  setFaults(faults: readonly Fault[]): void {
    this.faults = new FaultQueue(faults);
    this.changed();
  }

  warn(text: string): void {
    this.warnings.add({ text });
    this.changed();
  }

  /**
   * Stops the running document, if any.
   *
   * @returns the signal that stops the next document, and the request to make because a verb was interrupted
   */
  replaceDocument(): { signal: AbortSignal; interruption: DocumentRequest | null } {
    const interruption = this.stopDocument();
    this.document = new AbortController();
    this.changed();
    return { signal: this.document.signal, interruption };
  }

  stopDocument(): DocumentRequest | null {
    const interruption = this.activity?.interrupt() ?? null;
    this.activity = null;
    this.document?.abort();
    this.document = null;
    return interruption;
  }

  runningStream(name: string): Stream | undefined {
    return this.streams.find((stream) => stream.name === name && stream.stoppedAt === null);
  }

  view(): CallView {
    return {
      sid: this.sid,
      accountSid: this.accountSid,
      status: this.status,
      from: this.from,
      to: this.to,
      direction: this.direction,
      streams: this.streams.map((stream): StreamView => stream.view()),
      said: this.said.copy().map(({ text }) => text),
      verbs: this.verbs.copy(),
      activity: this.activity?.view() ?? null,
      dials: this.dials.copy(),
      updates: this.updates.copy(),
      streamPosts: this.streamPosts.copy(),
      reads: this.reads,
      fetches: this.fetches.copy(),
      callbacks: this.callbacks.copy(),
      warnings: this.warnings.copy().map(({ text }) => text),
      faults: this.faults.list(),
      createdAt: this.createdAt.toISOString(),
      endedAt: this.endedAt?.toISOString() ?? null,
      endReason: this.endReason,
    };
  }

  private end(at: Date, reason: EndReason): Stream[] {
    this.endedAt = at;
    this.endReason = reason;
    this.stopDocument();
    const running = this.streams.filter(({ stoppedAt }) => stoppedAt === null);
    for (const stream of running) stream.stoppedAt = at;
    return running;
  }
}
