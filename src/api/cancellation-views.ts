import { Injectable } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { mayKnow } from '../access/caller.js';
import type { Caller } from '../access/caller.js';
import type { StoredCallback } from '../cancellation/callback/callback.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import { viewOf } from '../cancellation/view.js';
import type { CancellationView } from '../cancellation/view.js';
import { warningsOf } from '../cancellation/warnings.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { hasFallbackEnd } from '../evidence/fallback-ends.js';
import { withLateStop } from '../evidence/late-stops.js';
import { ApiError } from '../platform/http/problems/api-error.js';
import { PROBLEMS } from '../problems/catalogue.js';
import { Projects } from '../projects/projects.js';
import { answeredInTime } from '../queue/connections/answered-in-time.js';
import { ApiConnection } from '../queue/connections/api.connection.js';
import { CallbackJobs } from '../queue/callbacks/callback-jobs.js';
import { Cancellations } from '../queue/cancellations.js';
import { Templates } from '../templates/templates.js';
import { cancellationNotFound } from './accept/errors.js';
import type { AcceptedStream } from './accept/request-acceptor.js';
import type { Cancellation } from './cancellation.js';

/** A cancellation as it is stored, beside how it is shown. */
interface Found {
  readonly stored: StoredCancellation;
  readonly view: CancellationView;
}

/** Shows cancellations to clients. Their warnings depend on how the service is configured now. */
@Injectable()
export class CancellationViews {
  constructor(
    private readonly connection: ApiConnection,
    private readonly cancellations: Cancellations,
    private readonly callbacks: CallbackJobs,
    private readonly projects: Projects,
    private readonly templates: Templates,
    private readonly environment: ServiceEnvironment,
  ) {}

  /**
   * @throws {ApiError} `cancellation_not_found`: also for one of a project that the caller may not know
   * @throws {ApiError} `queue_unavailable`
   */
  async find(id: string, caller: Caller | null): Promise<Cancellation> {
    return (await this.read(id, caller)).view;
  }

  /**
   * With what has been reported since its end. A proof tells what is known when it is signed, while a cancellation that
   * has ended does not change.
   *
   * @throws {ApiError} as `find`
   */
  findForProof(id: string, caller: Caller | null): Promise<Found> {
    const { redis } = this.connection;
    return this.read(id, caller, (stored) => withLateStop(redis, this.environment.QUEUE_PREFIX, stored));
  }

  private async read(
    id: string,
    caller: Caller | null,
    completed = async (stored: StoredCancellation) => stored,
  ): Promise<Found> {
    if (!isUuid(id)) throw cancellationNotFound(id);
    const found = await answeredInTime(this.connection, async () => {
      const [job, isEndedByFallback] = await Promise.all([
        this.cancellations.find(id),
        this.isEndedByFallback(id),
      ]);
      if (job === null) return null;
      const [stored, callback] = await Promise.all([completed(job), this.callbacks.find(job)]);
      return { stored, isEndedByFallback, callback };
    });
    if (found === null || !mayKnow(caller, found.stored.data.project)) throw cancellationNotFound(id);
    const { stored, isEndedByFallback, callback } = found;
    return { stored, view: this.of(stored, isEndedByFallback, callback) };
  }

  /** In the same order. */
  ofMany(found: readonly StoredCancellation[]): Promise<Cancellation[]> {
    return Promise.all(
      found.map(async (stored) => {
        const [isEndedByFallback, callback] = await Promise.all([
          this.isEndedByFallback(stored.id),
          this.callbacks.find(stored),
        ]);
        return this.of(stored, isEndedByFallback, callback);
      }),
    );
  }

  /**
   * As they stand now. What is gone by now is shown as it was accepted.
   *
   * @returns null while Redis is out of reach
   */
  async reread(streams: readonly AcceptedStream[]): Promise<Cancellation[] | null> {
    const ids = streams.map(({ cancellation }) => cancellation.id);
    try {
      const found = await answeredInTime(this.connection, () => this.cancellations.findMany(ids));
      return streams.map(({ cancellation, isDuplicate }, at) =>
        this.ofAccepted({ cancellation: found[at] ?? cancellation, isDuplicate }),
      );
    } catch (error) {
      if (error instanceof ApiError && error.code === PROBLEMS.queue_unavailable.code) return null;
      throw error;
    }
  }

  ofAccepted({ cancellation, isDuplicate }: AcceptedStream): Cancellation {
    const view = this.of(cancellation);
    return isDuplicate ? { ...view, duplicate: true } : view;
  }

  private isEndedByFallback(id: string): Promise<boolean> {
    return hasFallbackEnd(this.connection.redis, this.environment.QUEUE_PREFIX, id);
  }

  private of(
    stored: StoredCancellation,
    isEndedByFallback = false,
    callback: StoredCallback | null = null,
  ): CancellationView {
    const project = this.projects.get(stored.data.project);
    return viewOf(stored, warningsOf(stored, project, this.templates, isEndedByFallback), callback);
  }
}
