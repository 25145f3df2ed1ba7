import { setTimeout } from 'node:timers/promises';
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { FlowProducer } from 'bullmq';
import { ServiceEnvironment } from '../config/service.environment.js';
import { ApiConnection } from '../queue/api.connection.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import type { InTime } from './answered-in-time.js';
import type { Cancellation } from './cancellation.js';
import { CancellationViews } from './cancellation-views.js';
import { CancellationNotFoundError, QueueUnavailableError } from './errors.js';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE } from '../queue/cancellations.queue.js';
import { namedStreamKey } from '../cancellation/keys.js';
import type { CancellationJob, CancellationQueue } from '../queue/cancellations.queue.js';
import { add, addBulk, jobOf } from '../queue/new-jobs.js';
import type { Entry } from '../queue/new-jobs.js';
import { wasNotSent } from '../queue/refusal.js';
import { Told } from './told.js';

/** How soon the queue is asked again for a stream whose cancellation is being withdrawn and yet in a worker's hands. */
const ASK_AGAIN_MS = 20;

/** Puts cancellations into the queue and reads them back. */
@Injectable()
export class Enqueueing {
  private readonly logger = new Logger(Enqueueing.name);
  private readonly transaction: FlowProducer;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    connection: ApiConnection,
    private readonly told: Told,
    private readonly views: CancellationViews,
    { QUEUE_PREFIX }: ServiceEnvironment,
    private readonly clock: SharedClock,
  ) {
    this.transaction = new FlowProducer({
      connection: connection.redis,
      prefix: QUEUE_PREFIX,
      // As for the queue.
      skipVersionCheck: true,
    });
    // The connection logs its own errors.
    this.transaction.on('error', () => undefined);
  }

  /** @returns the cancellation of that id as it is when new, or that by which an earlier request has the stream stopped */
  enqueue(entry: Entry, inTime: InTime): Promise<Cancellation> {
    return this.put(entry, inTime).catch(unavailableIfUnsent);
  }

  /**
   * All with one write, each by itself; each is as `enqueue` returns it. Of two for one stream the second is the first's
   * duplicate, which nobody else need be told of.
   */
  async enqueueBulk(entries: readonly Entry[], inTime: InTime): Promise<Cancellation[]> {
    inTime();
    const jobs = await addBulk(this.queue, entries).catch(unavailableIfUnsent);
    const own = new Map(entries.map(({ id }, place) => [id, jobs[place]]));
    return Promise.all(
      entries.map(async (entry, place) => {
        const job = jobs[place] as CancellationJob;
        const first = own.get(String(job.id)) ?? job;
        return first === job ? this.answerTo(entry, job, inTime) : this.views.of(first, 'waiting');
      }),
    );
  }

  /** All in one transaction, so that whichever starts first finds the others there; each is as `enqueue` returns it. */
  async enqueueAll(entries: readonly Entry[], inTime: InTime): Promise<Cancellation[]> {
    inTime();
    await this.transaction
      .addBulk(entries.map((entry) => ({ ...jobOf(entry), queueName: CANCELLATIONS_QUEUE })))
      .catch(unavailableIfUnsent);
    // What was added is left as it is, and what was there before is found.
    return Promise.all(entries.map((entry) => this.put(entry, inTime)));
  }

  /** @throws {CancellationNotFoundError} */
  async existing(id: string): Promise<Cancellation> {
    const cancellation = await this.read(id);
    if (cancellation === null) throw new CancellationNotFoundError(id);
    return cancellation;
  }

  /** What became of new entries, of each its own cancellation or the one that it is a duplicate of; its own are logged. */
  news(entries: readonly Entry[], queued: readonly Cancellation[]): Cancellation[] {
    return queued.map((cancellation, place) => {
      if (cancellation.id !== entries[place]?.id) return asDuplicate(cancellation);
      this.logQueued(cancellation);
      return cancellation;
    });
  }

  logQueued({ id, callSid }: Cancellation): void {
    this.logger.log('cancellation queued', { cancellationId: id, callSid });
  }

  private async put(entry: Entry, inTime: InTime): Promise<Cancellation> {
    inTime();
    return this.answerTo(entry, await add(this.queue, entry), inTime);
  }

  /** @param job the entry's own, or, by its id, the one that BullMQ has left in its place */
  private async answerTo(entry: Entry, job: CancellationJob, inTime: InTime): Promise<Cancellation> {
    const underWay = String(job.id);
    if (underWay === entry.id) return this.views.of(job, 'waiting');
    inTime();
    const [isTold, cancellation] = await Promise.all([this.told.tell(underWay), this.read(underWay)]);
    if (cancellation !== null && this.isStuck(cancellation)) {
      await this.queue.removeDeduplicationKey(namedStreamKey(entry.data));
      return this.put(entry, inTime);
    }
    if (isTold && cancellation !== null) return cancellation;
    // Whoever withdraws it may have lost Redis in between, so it is removed from here.
    if (!isTold && (await this.queue.remove(underWay)) === 0) await setTimeout(ASK_AGAIN_MS);
    return this.put(entry, inTime);
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

/** @throws {QueueUnavailableError} nothing was queued */
function unavailableIfUnsent(error: unknown): never {
  throw wasNotSent(error) ? new QueueUnavailableError(error) : error;
}

export const asDuplicate = (cancellation: Cancellation): Cancellation =>
  Object.assign(cancellation, { duplicate: true as const });
