import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { ServiceEnvironment } from '../config/service.environment.js';
import { WorkerConnection } from '../queue/worker.connection.js';
import { boarding, goesByDocument, MAX_COMPANIONS } from './boarding.js';
import { CallLanes } from './call-lanes.js';
import type { Note, Place } from './call-lanes.js';
import { recordOf } from '../queue/job-record.js';
import { CANCELLATIONS_QUEUE } from '../queue/cancellations.queue.js';
import type { CancellationJob, CancellationQueue } from '../queue/cancellations.queue.js';
import { LANE_MARGIN_MS, notesKey } from './lane-keys.js';
import { wayOf } from '../cancellation/strategy.js';

/** The cancellations of a call that one document stops together. */
@Injectable()
export class Companions {
  private readonly redis: Redis;
  private readonly prefix: string;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    { redis }: WorkerConnection,
    { QUEUE_PREFIX }: ServiceEnvironment,
    private readonly lanes: CallLanes,
  ) {
    this.redis = redis;
    this.prefix = QUEUE_PREFIX;
  }

  /**
   * Those of the call's other cancellations whose streams the same document can stop, those of the same request whether or
   * not they have started yet. One that asked for a template or a document of somebody else's waits for its own turn.
   */
  async of(job: CancellationJob, { others }: Place, now: number): Promise<CancellationJob[]> {
    const siblings = job.data.siblings ?? [];
    if (siblings.length + others.length === 0) return [];
    const found = await Promise.all(
      [...new Set([...siblings, ...nearest(others)])].map(async (id) => ({
        id,
        other: await this.queue.getJob(id),
      })),
    );
    const open = found.flatMap(({ other }) =>
      other?.finishedOn === undefined && other !== undefined ? [other] : [],
    );
    const gone = found.filter(({ other }) => other === undefined || other.finishedOn !== undefined);
    if (gone.length > 0)
      await this.lanes.drop(
        job,
        gone.map(({ id }) => id),
      );

    const accepted = await this.accepted(open);
    const inTime = open.filter((other) => now < other.data.deadline && goesByDocument(other));
    return boarding(
      inTime.filter((other) => !accepted.has(other)),
      siblings,
    );
  }

  /** Those whose document was just accepted, their own or another one's: they wait for its evidence, or are about to end. */
  private async accepted(jobs: readonly CancellationJob[]): Promise<ReadonlySet<CancellationJob>> {
    const last = await Promise.all(
      jobs.map(({ id }) => this.redis.lindex(notesKey(this.prefix, String(id)), -1)),
    );
    return new Set(
      jobs.filter((job, index) => {
        const note = last[index];
        const told = typeof note === 'string' ? (JSON.parse(note) as Note).attempt : undefined;
        return [told, recordOf(job).attempts.at(-1)].some((attempt) => attempt?.outcome === 'accepted');
      }),
    );
  }

  /** Whether others of the same request are still to be stopped by their SIDs. */
  async hasSiblingsBySid({ data: { siblings = [] } }: CancellationJob): Promise<boolean> {
    const found = await Promise.all(
      siblings.map((id): Promise<CancellationJob | undefined> => this.queue.getJob(id)),
    );
    return found.some(
      (job) =>
        job !== undefined &&
        job.finishedOn === undefined &&
        wayOf(job.data, recordOf(job)).by === 'stream_resource',
    );
  }

  /** Tells `others` of an attempt that was sent for them too. */
  async tell(others: readonly CancellationJob[], note: Note, now: number): Promise<void> {
    const pipeline = this.redis.pipeline();
    for (const { id, data } of others) {
      const key = notesKey(this.prefix, String(id));
      pipeline.rpush(key, JSON.stringify(note)).pexpireat(key, Math.max(now, data.deadline) + LANE_MARGIN_MS);
    }
    await pipeline.exec();
  }
}

/** Of very many, as many as may be needed where some have come to an end. */
export const nearest = (ids: readonly string[]): string[] => [
  ...new Set([...ids.slice(0, 3 * MAX_COMPANIONS), ...ids.slice(-1)]),
];
