import { setTimeout } from 'node:timers/promises';
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Projects } from '../projects/projects.js';
import { ApiConnection } from '../redis/api.connection.js';
import { SharedClock } from '../redis/shared-clock.js';
import { Templates } from '../templates/templates.js';
import { answeredInTime } from './answered-in-time.js';
import type { InTime } from './answered-in-time.js';
import { toCancellation } from './cancellation.js';
import type { Cancellation } from './cancellation.js';
import {
  CancellationNotFoundError,
  KeyedQueueAnswerLostError,
  QueueAnswerLostError,
} from './cancellations.errors.js';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE, jobOptions, streamKey } from './cancellations.queue.js';
import type { CancellationData, CancellationJob, CancellationQueue } from './cancellations.queue.js';
import type { CreateCancellationDto } from './create-cancellation.dto.js';
import { requestedSource } from './document-source.js';
import { fingerprintOf } from './fingerprint.js';
import { Idempotency } from './idempotency.js';
import type { IdempotencyKey } from './idempotency-key.js';
import { Told } from './told.js';
import { warningsOf } from './warnings.js';
import { Withdrawals } from './withdrawals.js';

/** How soon the queue is asked again for a stream whose cancellation is being withdrawn and yet in a worker's hands. */
const ASK_AGAIN_MS = 20;

/** What a request for a cancellation is answered with. */
export interface Acceptance {
  readonly cancellation: Cancellation;
  /** Its `Idempotency-Key` was known already. */
  readonly replayed: boolean;
}

/** Accepts cancellations and reads them back. */
@Injectable()
export class CancellationsService {
  private readonly logger = new Logger(CancellationsService.name);

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    private readonly connection: ApiConnection,
    private readonly idempotency: Idempotency,
    private readonly told: Told,
    private readonly withdrawals: Withdrawals,
    private readonly projects: Projects,
    private readonly templates: Templates,
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
  ) {}

  /**
   * The same call and stream again, while one is unfinished, is that one: two updates of a call for one stream would
   * only undo each other's verbs. The same key again is the same cancellation, finished or not.
   *
   * @throws {InvalidBodyError} the project is not configured, or the source of the document
   * @throws {QueueUnavailableError} nothing was queued
   * @throws {QueueAnswerLostError} whether it was queued is not known; it is withdrawn
   * @throws {KeyedQueueAnswerLostError} whether it was queued is not known; it stays, for the key to find it
   * @throws {IdempotencyKeyReusedError}
   */
  create(request: CreateCancellationDto, key: IdempotencyKey | null = null): Promise<Acceptance> {
    const project = this.projects.requested(request.project);
    const createdAt = this.clock.now();
    const data: CancellationData = {
      project: project.name,
      callSid: request.callSid,
      streamName: request.streamName,
      then: request.then ?? project.defaultThen,
      ...requestedSource(request, this.templates, this.environment),
      createdAt,
      deadline: createdAt + (request.deadlineMs ?? this.environment.DEADLINE_MS),
    };
    return key === null
      ? this.createOrWithdraw(uuidv7(), data)
      : this.createOnce(uuidv7(), data, key, fingerprintOf(request, data));
  }

  /**
   * @throws {CancellationNotFoundError}
   * @throws {QueueUnavailableError}
   */
  async find(id: string): Promise<Cancellation> {
    if (!isUuid(id)) throw new CancellationNotFoundError(id);
    return answeredInTime(this.connection, () => this.existing(id));
  }

  private createOrWithdraw(id: string, data: CancellationData): Promise<Acceptance> {
    const create = async (inTime: InTime): Promise<Acceptance> => {
      const cancellation = await this.enqueue(id, data, inTime);
      if (cancellation.id !== id) return { cancellation: asDuplicate(cancellation), replayed: false };
      this.logQueued(cancellation);
      return { cancellation, replayed: false };
    };
    return answeredInTime(this.connection, create, (cause) => {
      this.withdrawals.add(id);
      return new QueueAnswerLostError(cause);
    });
  }

  /** Whether it comes first or again, a request adds the job that its key stands for; BullMQ leaves alone what is there. */
  private createOnce(
    id: string,
    data: CancellationData,
    key: IdempotencyKey,
    fingerprint: string,
  ): Promise<Acceptance> {
    const create = async (inTime: InTime): Promise<Acceptance> => {
      const claim = await this.idempotency.claim(key, fingerprint, id);
      const replayed = claim.id !== id;
      const queued = await this.enqueue(claim.id, data, inTime);
      const [standing, current] = await Promise.all([
        this.idempotency.settle(claim, queued.id),
        replayed ? this.read(queued.id) : queued,
      ]);
      const cancellation = current?.id === standing.id ? current : await this.existing(standing.id);
      if (cancellation.id === id) this.logQueued(cancellation);
      return { cancellation: standing.duplicate ? asDuplicate(cancellation) : cancellation, replayed };
    };
    return answeredInTime(this.connection, create, (cause) => new KeyedQueueAnswerLostError(cause));
  }

  /** @returns the cancellation of that id as it is when new, or that by which an earlier request has the stream stopped */
  private async enqueue(id: string, data: CancellationData, inTime: InTime): Promise<Cancellation> {
    const { MAX_ATTEMPTS, RETENTION_HOURS } = this.environment;
    const options = {
      ...jobOptions(MAX_ATTEMPTS, RETENTION_HOURS),
      jobId: id,
      deduplication: { id: streamKey(data) },
    };
    for (;;) {
      inTime();
      const job: CancellationJob = await this.queue.add(CANCEL_STREAM_JOB, data, options);
      const underWay = String(job.id);
      if (underWay === id) return this.shown(job, 'waiting');
      inTime();
      const [isTold, cancellation] = await Promise.all([this.told.tell(underWay), this.read(underWay)]);
      if (cancellation !== null && this.isStuck(cancellation)) {
        await this.queue.removeDeduplicationKey(options.deduplication.id);
        continue;
      }
      if (isTold && cancellation !== null) return cancellation;
      // Whoever withdraws it may have lost Redis in between, so it is removed from here.
      if (!isTold && (await this.queue.remove(underWay)) === 0) await setTimeout(ASK_AGAIN_MS);
    }
  }

  /** Past its deadline, and no worker has come to say so: it stops nothing any more, so that nobody is to wait for it. */
  private isStuck({ status, deadline }: Cancellation): boolean {
    const isOpen = status === 'queued' || status === 'retrying';
    return isOpen && this.clock.now() >= Date.parse(deadline);
  }

  private logQueued({ id, callSid }: Cancellation): void {
    this.logger.log('cancellation queued', { cancellationId: id, callSid });
  }

  private async existing(id: string): Promise<Cancellation> {
    const cancellation = await this.read(id);
    if (cancellation === null) throw new CancellationNotFoundError(id);
    return cancellation;
  }

  private async read(id: string): Promise<Cancellation | null> {
    // Asked for on one connection, in this order, so that the job is not older than the state.
    const [state, job] = await Promise.all([
      this.queue.getJobState(id),
      this.queue.getJob(id) as Promise<CancellationJob | undefined>,
    ]);
    // What keeps the place of an abandoned id has no name.
    return job?.name === CANCEL_STREAM_JOB ? this.shown(job, state) : null;
  }

  private shown(job: CancellationJob, state: string): Cancellation {
    const { data } = job;
    const project = this.projects.get(data.project);
    return toCancellation(job, state, warningsOf(data, project, this.templates));
  }
}

const asDuplicate = (cancellation: Cancellation): Cancellation =>
  Object.assign(cancellation, { duplicate: true as const });
