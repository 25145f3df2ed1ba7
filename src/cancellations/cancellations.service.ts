import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Projects } from '../projects/projects.js';
import { ApiConnection } from '../redis/api.connection.js';
import { answeredInTime } from './answered-in-time.js';
import { toCancellation } from './cancellation.js';
import type { Cancellation } from './cancellation.js';
import { CancellationNotFoundError, QueueAnswerLostError } from './cancellations.errors.js';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE, jobOptions, streamKey } from './cancellations.queue.js';
import type { CancellationData, CancellationJob, CancellationQueue } from './cancellations.queue.js';
import type { CreateCancellationDto } from './create-cancellation.dto.js';
import { Withdrawals } from './withdrawals.js';

/** Accepts cancellations and reads them back. */
@Injectable()
export class CancellationsService {
  private readonly logger = new Logger(CancellationsService.name);

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    private readonly connection: ApiConnection,
    private readonly withdrawals: Withdrawals,
    private readonly projects: Projects,
    private readonly environment: ServiceEnvironment,
  ) {}

  /**
   * The same call and stream again, while one is unfinished, is that one: two updates of a call for one stream would
   * only undo each other's verbs.
   *
   * @throws {InvalidBodyError} the project is not configured
   * @throws {QueueUnavailableError} nothing was queued
   * @throws {QueueAnswerLostError} whether it was queued is not known; it is withdrawn
   */
  async create(request: CreateCancellationDto): Promise<Cancellation> {
    const project = this.projects.requested(request.project);
    const createdAt = Date.now();
    const data: CancellationData = {
      project: project.name,
      callSid: request.callSid,
      streamName: request.streamName,
      then: request.then ?? project.defaultThen,
      createdAt,
      deadline: createdAt + (request.deadlineMs ?? this.environment.DEADLINE_MS),
    };
    const id = uuidv7();
    const job = await this.enqueue(id, data);
    if (job.id !== id) return Object.assign(await this.find(String(job.id)), { duplicate: true as const });
    this.logger.log('cancellation queued', { cancellationId: id, callSid: data.callSid });
    return toCancellation(job, 'waiting');
  }

  /**
   * @throws {CancellationNotFoundError}
   * @throws {QueueUnavailableError}
   */
  async find(id: string): Promise<Cancellation> {
    if (!isUuid(id)) throw new CancellationNotFoundError(id);
    // Asked for on one connection, in this order, so that the job is not older than the state.
    const [state, job] = await answeredInTime(this.connection, () =>
      Promise.all([
        this.queue.getJobState(id),
        this.queue.getJob(id) as Promise<CancellationJob | undefined>,
      ]),
    );
    if (job === undefined) throw new CancellationNotFoundError(id);
    return toCancellation(job, state);
  }

  private async enqueue(id: string, data: CancellationData): Promise<CancellationJob> {
    const { MAX_ATTEMPTS, RETENTION_HOURS } = this.environment;
    const options = {
      ...jobOptions(MAX_ATTEMPTS, RETENTION_HOURS),
      jobId: id,
      deduplication: { id: streamKey(data) },
    };
    const add = () => this.queue.add(CANCEL_STREAM_JOB, data, options);
    return answeredInTime(this.connection, add, (cause) => {
      this.withdrawals.add(id);
      return new QueueAnswerLostError(cause);
    });
  }
}
