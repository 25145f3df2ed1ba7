import { Injectable } from '@nestjs/common';
import { documentUrlFor } from '../cxml/document-url.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { stopLinks } from '../links/stop-links.js';
import { GoneStreams } from '../evidence/gone-streams.js';
import type { Project } from '../projects/project.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { SignalWireClient } from '../signalwire/signalwire.client.js';
import type { CallUpdate } from '../signalwire/signalwire.client.js';
import {
  ProviderUnreachableError,
  StreamNotFoundError,
  UpdateCallError,
} from '../signalwire/signalwire.errors.js';
import type { Attempt } from '../cancellation/record.js';
import { callKey } from '../cancellation/keys.js';
import type { CancellationJob } from '../queue/cancellations.queue.js';
import type { CancellationData } from '../cancellation/data.js';
import { decisive } from '../lane/boarding.js';
import { documentSourceOf } from '../cancellation/document-source.js';
import type { AttemptStrategy } from '../cancellation/strategy.js';

/** An attempt and, unless SignalWire accepted it, why not. */
export interface SentAttempt {
  readonly attempt: Attempt;
  readonly refusal: UpdateCallError | null;
  /** SignalWire answered that the stream is stopped, which it does of the Streams resource alone. */
  readonly saidStopped: boolean;
}

/** What an accepted POST was answered with. */
interface Accepted {
  readonly httpStatus: number;
  readonly saidStopped: boolean;
}

/** Sends the POSTs to Update a Call and to the Streams resource. */
@Injectable()
export class Attempts {
  constructor(
    private readonly environment: ServiceEnvironment,
    private readonly signalwire: SignalWireClient,
    private readonly clock: SharedClock,
    private readonly gone: GoneStreams,
  ) {}

  /**
   * One POST to Update a Call, for one cancellation or for several of a call.
   *
   * @param jobs oldest first; the call does what the `decisive` one wants
   * @throws whatever is not an answer of SignalWire's, nor the want of one
   */
  send(project: Project, jobs: readonly CancellationJob[], number: number): Promise<SentAttempt> {
    return this.measured('update_call', number, async (sentAt) => {
      const update = this.update(project, jobs, sentAt);
      const httpStatus = await this.signalwire.updateCall(project, decidingData(jobs).callSid, update);
      return { httpStatus, saidStopped: false };
    });
  }

  /**
   * One POST to the Streams resource, which leaves alone what the call does.
   *
   * @throws whatever is not an answer of SignalWire's, nor the want of one
   */
  async stop(
    project: Project,
    { data }: CancellationJob,
    streamSid: string,
    number: number,
  ): Promise<SentAttempt> {
    const sent = await this.measured('stream_resource', number, async () => {
      const { httpStatus, state } = await this.signalwire.stopStream(project, data.callSid, streamSid);
      return { httpStatus, saidStopped: state === 'stopped' };
    });
    const isGone = sent.saidStopped || sent.refusal instanceof StreamNotFoundError;
    if (isGone) void this.gone.add(callKey(data), streamSid);
    return sent;
  }

  private async measured(
    strategy: AttemptStrategy,
    number: number,
    post: (sentAt: number) => Promise<Accepted>,
  ): Promise<SentAttempt> {
    const startedAt = this.clock.now();
    const start = performance.now();
    const ended = (answer: Omit<Attempt, 'number' | 'strategy' | 'startedAt' | 'durationMs'>): Attempt => {
      const durationMs = Math.round(performance.now() - start);
      return { number, strategy, startedAt, durationMs, ...answer };
    };
    try {
      const { httpStatus, saidStopped } = await post(startedAt);
      const attempt = ended({ outcome: 'accepted', httpStatus, providerCode: null, message: null });
      return { attempt, refusal: null, saidStopped };
    } catch (error) {
      if (!(error instanceof UpdateCallError)) throw error;
      const { code: outcome, httpStatus, providerCode, message } = error;
      const isUnsent = error instanceof ProviderUnreachableError;
      const attempt = ended({ outcome, httpStatus, providerCode, message, isUnsent });
      return { attempt, refusal: error, saidStopped: false };
    }
  }

  /** Where the document is somebody else's, ours is the one to fall back to. */
  private update(project: Project, jobs: readonly CancellationJob[], sentAt: number): CallUpdate {
    const stops = jobs.map(({ id, data }) => ({ cancellationId: String(id), streamName: nameIn(data) }));
    const data = decidingData(jobs);
    const source = documentSourceOf(project, data);
    const { then: otherwise } = data;
    const then = source.kind === 'template' ? { template: source.template, otherwise } : otherwise;
    const links = stopLinks(
      this.environment,
      { project: project.name, callSid: data.callSid, stops, then, sentAt },
      Math.max(...jobs.map(({ data }) => data.deadline)),
    );
    if (source.kind !== 'foreign') return links;
    const values = { callSid: data.callSid, streamName: nameIn(data) };
    return { url: documentUrlFor(source.documentUrl, values), fallbackUrl: links.fallbackUrl };
  }
}

function decidingData(jobs: readonly CancellationJob[]): CancellationData {
  const job = decisive(jobs);
  if (job === undefined) throw new Error('an update is sent for one cancellation at least');
  return job.data;
}

/** A document is asked for only where there is a name; `strategyFor` sees to that. */
function nameIn({ streamName }: CancellationData): string {
  if (streamName === null) throw new Error('a stream without a name cannot be stopped by a document');
  return streamName;
}
