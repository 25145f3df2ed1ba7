import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { ChangeLog } from '../change-log.js';
import { ChangeFeed } from '../events/change-feed.js';
import { bounded, LIMITS } from '../limits.js';
import type { FetchError } from '../outgoing/fetch-error.js';
import type { OutgoingReply } from '../outgoing/outgoing-request.js';
import { SIMULATOR_CONFIG } from '../simulator.config.js';
import type { SimulatorConfig } from '../simulator.config.js';
import type { DocumentRequest } from '../documents/document-request.js';
import { CallStore } from './call-store.js';
import type { CallStatus, CallView, DialStatus, EndReason } from './call-view.js';
import { CallWatch } from './call-watch.js';
import { CallConflictError, UnknownCallError } from './call.errors.js';
import { Call } from './call.js';
import type { CreateCall, CreateStream } from './create-call.js';
import { StreamCallbacks } from './stream-callbacks.js';
import { Stream } from './stream.js';

export interface FinishedFetch {
  readonly request: DocumentRequest;
  readonly startedAt: Date;
  readonly reply: OutgoingReply | undefined;
  readonly error: FetchError | null;
}

/** Creates and changes calls; every change is logged, published and reported by callback. */
@Injectable()
export class CallsService implements OnModuleDestroy {
  private readonly store = new CallStore();
  private readonly watch = new CallWatch();

  constructor(
    private readonly callbacks: StreamCallbacks,
    private readonly log: ChangeLog,
    private readonly feed: ChangeFeed,
    @Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig,
  ) {}

  onModuleDestroy(): void {
    this.forgetAll();
    this.callbacks.stop();
    this.watch.close();
  }

  /**
   * @throws {CallConflictError} the sid is in use, or two streams share a name
   * @throws {TooManyCallsError}
   */
  create(input: CreateCall = {}): Call {
    const account = { sid: this.config.projectId, sayMs: this.config.sayMs };
    const call = new Call(input, account, (changed) => this.changed(changed));
    if (new Set(call.streams.map(({ name }) => name)).size < call.streams.length) {
      throw new CallConflictError('Two streams of a call cannot share a name');
    }
    this.store.add(call);
    this.feed.callChanged(call);
    this.log.write('call created', { callSid: call.sid, status: call.status, streams: call.streams.length });
    return call;
  }

  find(sid: string): Call | undefined {
    return this.store.find(sid);
  }

  /** @throws {UnknownCallError} */
  get(sid: string): Call {
    const call = this.store.find(sid);
    if (call === undefined) throw new UnknownCallError(sid);
    return call;
  }

  /** Newest first. */
  list(limit: number): Call[] {
    return this.store.all().slice(-limit).toReversed();
  }

  /** Drops every call without sending a callback. */
  forgetAll(): void {
    for (const call of this.store.all()) call.stopDocument();
    this.store.clear();
    this.feed.forgetAll();
  }

  /**
   * Resolves as soon as `predicate` holds.
   *
   * @throws {UnknownCallError}
   * @throws {CallWaitError} `timeoutMs` passed, or the simulator was closed
   */
  async until(sid: string, predicate: (view: CallView) => boolean, timeoutMs: number): Promise<CallView> {
    return this.watch.until(this.get(sid), predicate, timeoutMs);
  }

  /**
   * @param reason ignored unless the status is final
   * @throws {CallConflictError} the call has already finished
   */
  setStatus(call: Call, status: CallStatus, reason: EndReason = 'hung_up'): void {
    if (call.finished) throw new CallConflictError(`Call ${call.sid} is already ${call.status}`);
    const stopped = call.setStatus(status, reason);
    if (call.finished) this.store.markFinished(call);
    this.log.write(call.finished ? 'call ended' : 'call changed', {
      callSid: call.sid,
      status,
      reason: call.endReason,
    });
    for (const stream of stopped) this.announceStop(call, stream);
  }

  /**
   * The dialled party hangs up, or the dial fails.
   *
   * @throws {CallConflictError} the call has no dial in progress
   */
  endDial(call: Call, status: DialStatus): void {
    const otherLeg = call.activity?.otherLeg ?? null;
    if (otherLeg === null) throw new CallConflictError(`Call ${call.sid} has no dial in progress`);
    otherLeg.end(status);
    call.changed();
  }

  /** @returns null if the stream was not started; the call then has a warning */
  startStream(call: Call, input: Partial<CreateStream>): Stream | null {
    // The docs say that a call's stream names are unique, but call a duplicate an error for conferences only.
    if (input.name !== undefined && call.runningStream(input.name) !== undefined) {
      call.warn(`Stream not started: the name ${input.name} is in use`);
      return null;
    }
    if (call.streams.length >= LIMITS.streams) {
      call.warn(`Stream not started: the call already has ${LIMITS.streams} streams`);
      return null;
    }
    const stream = new Stream(input);
    call.streams.push(stream);
    call.changed();
    this.log.write('stream started', { callSid: call.sid, streamSid: stream.sid, streamName: stream.name });
    this.callbacks.send(call, stream, 'stream-started');
    return stream;
  }

  stopStream(call: Call, stream: Stream): void {
    stream.stoppedAt = new Date();
    call.changed();
    this.announceStop(call, stream);
  }

  recordFetch(call: Call, { request, startedAt, reply, error }: FinishedFetch): void {
    const { role, url, method } = request;
    const status = reply?.status ?? null;
    const durationMs = Date.now() - startedAt.getTime();
    call.fetches.add({
      role,
      url: bounded(url),
      method,
      startedAt: startedAt.toISOString(),
      durationMs,
      status,
      contentType: reply?.contentType ?? null,
      bytes: reply?.body.length ?? 0,
      body: bounded(reply?.body.toString() ?? ''),
      error: error === null ? null : { code: error.code, message: error.message },
    });
    call.changed();
    // Without the address, which may contain a token.
    this.log.write('document fetched', {
      callSid: call.sid,
      role,
      status,
      durationMs,
      error: error?.message ?? null,
    });
  }

  /** The feed never shows a call again after it was dropped. */
  private changed(call: Call): void {
    this.watch.changed(call);
    if (this.store.find(call.sid) === call) this.feed.callChanged(call);
  }

  private announceStop(call: Call, stream: Stream): void {
    this.log.write('stream stopped', { callSid: call.sid, streamSid: stream.sid, streamName: stream.name });
    this.callbacks.send(call, stream, 'stream-stopped');
  }
}
