import { Injectable } from '@nestjs/common';
import { callKey } from '../cancellation/keys.js';
import { documentSourceOf } from '../cancellation/document-source.js';
import type { Attempt } from '../cancellation/record.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import type { AttemptStrategy } from '../cancellation/vocabulary.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { documentUrlFor } from '../cxml/document-url.js';
import { LONGEST_RUN_MS, longestRunMs } from '../cxml/longest-run.js';
import { GoneStreams } from '../evidence/gone-streams.js';
import { byAge, decisiveOf } from '../lane/shared-update.js';
import { stopLinks } from '../links/stop-links.js';
import { currentTrace, traceIn } from '../platform/trace/trace.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import type { Project } from '../projects/project.js';
import { SignalWireClient } from '../signalwire/signalwire.client.js';
import type { CallUpdate } from '../signalwire/signalwire.client.js';
import {
  CallNotFoundError,
  ProviderUnreachableError,
  StreamNotFoundError,
  UpdateCallError,
} from '../signalwire/signalwire.errors.js';
import type { KnownCallState } from './decisions.js';

type Stopped = Pick<StoredCancellation, 'id' | 'data'>;

/** An attempt that has ended and, unless SignalWire accepted it, why not. */
export interface SentAttempt {
  readonly attempt: Attempt;
  readonly refusal: UpdateCallError | null;
  /** SignalWire answered that the stream is stopped, which only the Streams resource does. */
  readonly saidStopped: boolean;
  /** SignalWire's answer to an update says that the call is over. */
  readonly saidEnded: boolean;
}

/** What an answer says beside its status. */
interface Accepted extends Pick<SentAttempt, 'saidStopped' | 'saidEnded'> {
  readonly httpStatus: number;
}

/** Makes attempts at SignalWire: POSTs whose outcome is data, whatever it is. */
@Injectable()
export class Provider {
  constructor(
    private readonly environment: ServiceEnvironment,
    private readonly signalwire: SignalWireClient,
    private readonly goneStreams: GoneStreams,
    private readonly clock: SharedClock,
  ) {}

  /** One Update a Call that stops the streams of one or several cancellations of a call. */
  updateCall(
    project: Project,
    cancellations: readonly [Stopped, ...Stopped[]],
    number: number,
    startedAt: number,
  ): Promise<SentAttempt> {
    return this.attempt('update_call', number, startedAt, async () => {
      const update = this.updateFor(project, cancellations, startedAt);
      const { callSid } = cancellations[0].data;
      const mayStart = this.isBefore(cancellations[0].data.deadline);
      const { httpStatus, state } = await this.signalwire.updateCall(project, callSid, update, mayStart);
      return { httpStatus, saidStopped: false, saidEnded: state === 'ended' };
    });
  }

  /** One POST to the Streams resource, which leaves the call's document alone. */
  async stopStream(
    project: Project,
    { data }: Stopped,
    streamSid: string,
    number: number,
    startedAt: number,
  ): Promise<SentAttempt> {
    const sent = await this.attempt('stream_resource', number, startedAt, async () => {
      const mayStart = this.isBefore(data.deadline);
      const { callSid } = data;
      const { httpStatus, state } = await this.signalwire.stopStream(project, callSid, streamSid, mayStart);
      return { httpStatus, saidStopped: state === 'stopped', saidEnded: false };
    });
    const isGone = sent.saidStopped || sent.refusal instanceof StreamNotFoundError;
    if (isGone) void this.goneStreams.add(callKey(data), streamSid);
    return sent;
  }

  /** The call's state as SignalWire tells it now; `unknown` where it does not. */
  async callState(project: Project, callSid: string): Promise<Exclude<KnownCallState, null>> {
    try {
      return await this.signalwire.callState(project, callSid);
    } catch (error) {
      if (error instanceof CallNotFoundError) return 'not_found';
      if (error instanceof UpdateCallError) return 'unknown';
      throw error;
    }
  }

  private isBefore(deadline: number): () => boolean {
    return () => this.clock.now() < deadline;
  }

  private async attempt(
    strategy: AttemptStrategy,
    number: number,
    startedAt: number,
    post: () => Promise<Accepted>,
  ): Promise<SentAttempt> {
    const start = performance.now();
    const began = { number, strategy, startedAt };
    const durationMs = () => Math.round(performance.now() - start);
    try {
      const { httpStatus, ...said } = await post();
      const answer = { outcome: 'accepted', httpStatus, providerCode: null, message: null } as const;
      const attempt = { ...began, durationMs: durationMs(), ...answer, mayHaveArrived: true };
      return { attempt, refusal: null, ...said };
    } catch (error) {
      if (!(error instanceof UpdateCallError)) throw error;
      const { code: outcome, httpStatus, providerCode, message } = error;
      const mayHaveArrived = !(error instanceof ProviderUnreachableError);
      const answer = { outcome, httpStatus, providerCode, message, mayHaveArrived };
      return {
        attempt: { ...began, durationMs: durationMs(), ...answer },
        refusal: error,
        saidStopped: false,
        saidEnded: false,
      };
    }
  }

  private updateFor(
    project: Project,
    cancellations: readonly [Stopped, ...Stopped[]],
    sentAt: number,
  ): CallUpdate {
    const stops = cancellations.toSorted(byAge).map(({ id, data }) => ({
      // The fetch is a part of this run, and of what led to the others.
      ...(id === cancellations[0].id ? currentTrace() : traceIn(data)),
      cancellationId: id,
      streamName: nameOf(data),
    }));
    const { data } = decisiveOf(cancellations) ?? cancellations[0];
    const source = documentSourceOf(project, data);
    const { then: otherwise } = data;
    const then = source.kind === 'template' ? { template: source.template, otherwise } : otherwise;
    const links = stopLinks(
      this.environment,
      { project: project.name, callSid: data.callSid, stops, then, sentAt },
      {
        deadline: Math.max(...cancellations.map(({ data: { deadline } }) => deadline)),
        longestRunMs: source.kind === 'verbs' ? longestRunMs(otherwise) : LONGEST_RUN_MS,
      },
    );
    if (source.kind !== 'foreign') return links;
    // The document is somebody else's; ours is the one to fall back to.
    const values = { callSid: data.callSid, streamName: nameOf(data) };
    return { url: documentUrlFor(source.documentUrl, values), fallbackUrl: links.fallbackUrl };
  }
}

/** `strategyFor` lets only streams with a name be stopped by a document. */
function nameOf({ streamName }: Stopped['data']): string {
  if (streamName === null) throw new Error('a stream without a name cannot be stopped by a document');
  return streamName;
}
