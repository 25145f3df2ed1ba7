import { setTimeout } from 'node:timers/promises';
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { FlowProducer } from 'bullmq';
import { ServiceEnvironment } from '../config/service.environment.js';
import { ApiConnection } from '../redis/api.connection.js';
import { SharedClock } from '../redis/shared-clock.js';
import type { InTime } from './answered-in-time.js';
import type { Cancellation } from './cancellation.js';
import { CancellationViews } from './cancellation-views.js';
import { CancellationNotFoundError } from './cancellations.errors.js';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE, jobOptions, namedStreamKey } from './cancellations.queue.js';
import type {
  CancellationData,
  CancellationJob,
  CancellationQueue,
  KeyedRequest,
} from './cancellations.queue.js';
import { Idempotency } from './idempotency.js';
import type { Held } from './idempotency.js';
import { Told } from './told.js';

/** How soon the queue is asked again for a stream whose cancellation is being withdrawn and yet in a worker's hands. */
const ASK_AGAIN_MS = 20;

/** A cancellation to be queued. */
export interface Entry {
  readonly id: string;
  readonly data: CancellationData;
}

/** What a request with a key is answered with. */
export interface Standing {
  readonly cancellation: Cancellation;
  /** The request has queued it. */
  readonly isNew: boolean;
  /** Another request with the same key came first. */
  readonly replayed: boolean;
}

/** Puts cancellations into the queue and reads them back. */
@Injectable()
export class Enqueueing {
  private readonly logger = new Logger(Enqueueing.name);
  private readonly transaction: FlowProducer;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    connection: ApiConnection,
    private readonly idempotency: Idempotency,
    private readonly told: Told,
    private readonly views: CancellationViews,
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
  ) {
    this.transaction = new FlowProducer({ connection: connection.redis, prefix: environment.QUEUE_PREFIX });
    // As for the queue: the connection logs its own errors.
    this.transaction.on('error', () => undefined);
  }

  /** @returns the cancellation of that id as it is when new, or that by which an earlier request has the stream stopped */
  async enqueue({ id, data }: Entry, inTime: InTime): Promise<Cancellation> {
    const options = this.optionsOf({ id, data });
    for (;;) {
      inTime();
      const job: CancellationJob = await this.queue.add(CANCEL_STREAM_JOB, data, options);
      const underWay = String(job.id);
      if (underWay === id) return this.views.of(job, 'waiting');
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

  /**
   * The same for a request with a key, which the entry's id is made of: whether it comes first or again, it adds the job
   * that its key stands for, and BullMQ leaves alone what is there.
   *
   * @throws {IdempotencyKeyReusedError}
   */
  async enqueueOnce({ id, data }: Entry, keyed: KeyedRequest, inTime: InTime): Promise<Standing> {
    const cancellation = await this.enqueue({ id, data: { ...data, keyed } }, inTime);
    const isOwn = cancellation.id === id;
    // Requests with one key may be led elsewhere or not, when the stream's earlier cancellation ends between them.
    const held = isOwn
      ? await this.idempotency.find(id, keyed.fingerprint)
      : await this.idempotency.take(id, { ...keyed, standsFor: cancellation.id });
    if (held === null) return this.enqueueOnce({ id, data }, keyed, inTime);
    if (held.mark !== keyed.mark)
      return { cancellation: await this.standingFor(id, held), isNew: false, replayed: true };
    return { cancellation: isOwn ? cancellation : asDuplicate(cancellation), isNew: isOwn, replayed: false };
  }

  /** All in one transaction, so that whichever starts first finds the others there; each is as `enqueue` returns it. */
  async enqueueAll(entries: readonly Entry[], inTime: InTime): Promise<Cancellation[]> {
    await this.addAll(entries, inTime);
    return Promise.all(entries.map((entry) => this.enqueue(entry, inTime)));
  }

  /** The same; each is as `enqueueOnce` returns it. */
  async enqueueAllOnce(entries: readonly Entry[], keyed: KeyedRequest, inTime: InTime): Promise<Standing[]> {
    await this.addAll(
      entries.map(({ id, data }) => ({ id, data: { ...data, keyed } })),
      inTime,
    );
    return Promise.all(entries.map((entry) => this.enqueueOnce(entry, keyed, inTime)));
  }

  /**
   * The cancellation that an id stands for, as it is now.
   *
   * @throws {CancellationNotFoundError}
   */
  async standingFor(id: string, { standsFor = id }: Held): Promise<Cancellation> {
    const cancellation = await this.existing(standsFor);
    return standsFor === id ? cancellation : asDuplicate(cancellation);
  }

  /** @throws {CancellationNotFoundError} */
  async existing(id: string): Promise<Cancellation> {
    const cancellation = await this.read(id);
    if (cancellation === null) throw new CancellationNotFoundError(id);
    return cancellation;
  }

  logQueued({ id, callSid }: Cancellation): void {
    this.logger.log('cancellation queued', { cancellationId: id, callSid });
  }

  /** What was added is left as it is by `enqueue`, and what was there before is found by it. */
  private async addAll(entries: readonly Entry[], inTime: InTime): Promise<void> {
    inTime();
    await this.transaction.addBulk(
      entries.map((entry) => ({
        name: CANCEL_STREAM_JOB,
        queueName: CANCELLATIONS_QUEUE,
        data: entry.data,
        opts: this.optionsOf(entry),
      })),
    );
  }

  private optionsOf({ id, data }: Entry) {
    const { MAX_ATTEMPTS, RETENTION_HOURS } = this.environment;
    return {
      ...jobOptions(MAX_ATTEMPTS, RETENTION_HOURS),
      jobId: id,
      deduplication: { id: namedStreamKey(data) },
    };
  }

  /** Past its deadline, and no worker has come to say so: it stops nothing any more, so that nobody is to wait for it. */
  private isStuck({ status, deadline }: Cancellation): boolean {
    const isOpen = status === 'queued' || status === 'retrying';
    return isOpen && this.clock.now() >= Date.parse(deadline);
  }

  private async read(id: string): Promise<Cancellation | null> {
    // Asked for on one connection, in this order, so that the job is not older than the state.
    const [state, job] = await Promise.all([
      this.queue.getJobState(id),
      this.queue.getJob(id) as Promise<CancellationJob | undefined>,
    ]);
    // What keeps the place of a job has no name.
    return job?.name === CANCEL_STREAM_JOB ? this.views.of(job, state) : null;
  }
}

export const asDuplicate = (cancellation: Cancellation): Cancellation =>
  Object.assign(cancellation, { duplicate: true as const });
