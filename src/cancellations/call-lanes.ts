import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { ServiceEnvironment } from '../config/service.environment.js';
import { defineScript } from '../redis/script.js';
import type { Script } from '../redis/script.js';
import { WorkerConnection } from '../redis/worker.connection.js';
import { ENTER, LEAVE } from './call-lanes.lua.js';
import { knownSid, knownStreamsKey } from '../evidence/known-streams.js';
import { recordOf } from './cancellation-record.js';
import { callKey, CANCELLATIONS_QUEUE, startNow } from './cancellations.queue.js';
import type { Attempt } from './cancellation-record.js';
import type { CancellationJob, CancellationQueue } from './cancellations.queue.js';
import { asksForSource } from './document-source.js';
import { wayOf } from './strategy.js';
import type { Way } from './strategy.js';

/** What an attempt that was sent for several cancellations of a call came to, told to those that did not send it. */
export interface Note {
  readonly attempt: Attempt;
  readonly callEnded: boolean;
}

/** A cancellation's place among those of its call. */
export interface Place {
  /** Whether it may be sent now: at most one updates the call at a time. */
  readonly isFirst: boolean;
  /** Where it is stopped by its SID, which leaves the call's document alone: it is outside of the lane then. */
  readonly streamSid: string | null;
  /** Attempts that others have sent for it since it last looked. */
  readonly notes: readonly Note[];
  /** The call's other unfinished cancellations, oldest first; known to the first alone. */
  readonly others: readonly string[];
}

/** How long the keys of a call outlive the deadlines of its cancellations. */
const MARGIN_MS = 120_000;

/** What one document stops at most, so that its address stays at a length that any server reads. */
const MAX_COMPANIONS = 20;
const MAX_NAME_BYTES = 1000;

/**
 * One lane a call: Update a Call replaces the document that the call runs, so that a second update before the first
 * document was fetched would undo it.
 */
@Injectable()
export class CallLanes {
  private readonly redis: Redis;
  private readonly prefix: string;
  private readonly jobPrefix: string;
  private readonly enterScript: Script<[0 | 1 | 2, string[], string[], string]>;
  private readonly leaveScript: Script<string[]>;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    { redis }: WorkerConnection,
    { QUEUE_PREFIX }: ServiceEnvironment,
  ) {
    this.redis = redis;
    this.prefix = QUEUE_PREFIX;
    this.jobPrefix = queue.toKey('');
    this.enterScript = defineScript(redis, 'streamstopEnterLane', ENTER);
    this.leaveScript = defineScript(redis, 'streamstopLeaveLane', LEAVE);
  }

  async enter(job: CancellationJob, token: string, now: number, way: Way): Promise<Place> {
    const id = String(job.id);
    const [place, notes, members, known] = await this.enterScript(
      [...this.keysOf(job), knownStreamsKey(this.prefix, callKey(job.data))],
      id,
      token,
      job.data.createdAt,
      Math.max(0, job.data.deadline - now) + MARGIN_MS,
      this.jobPrefix,
      way.by === 'stream_resource' ? 1 : 0,
      way.by === 'if_known' ? (job.data.streamName ?? '') : '',
    );
    return {
      isFirst: place !== 0,
      streamSid: way.by === 'stream_resource' ? way.streamSid : known === '' ? null : knownSid(known),
      notes: notes.map((note) => JSON.parse(note) as Note),
      others: members.filter((member) => member !== id),
    };
  }

  /**
   * Those of the call's other cancellations whose streams the same document can stop: the newest, since it says what the
   * call does next, then those of the same request, whether or not they have started yet, then the oldest. One that asked
   * for a template or a document of somebody else's waits for its own turn.
   */
  async companions(job: CancellationJob, { others }: Place, now: number): Promise<CancellationJob[]> {
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
    if (gone.length > 0) await this.redis.zrem(this.membersOf(job), ...gone.map(({ id }) => id));

    const accepted = await this.accepted(open);
    const inTime = open
      .filter((other) => !accepted.has(other))
      .filter((other) => now < other.data.deadline && goesByDocument(other))
      .toSorted(byAge);
    const isSibling = ({ id }: CancellationJob) => siblings.includes(String(id));
    const older = inTime.slice(0, -1);
    let nameBytes = 0;
    return [...inTime.slice(-1), ...older.filter(isSibling), ...older.filter((one) => !isSibling(one))]
      .slice(0, MAX_COMPANIONS)
      .filter(
        ({ data }) => (nameBytes += Buffer.byteLength(JSON.stringify(data.streamName))) <= MAX_NAME_BYTES,
      );
  }

  /** Those whose document was just accepted, their own or another one's: they wait for its evidence, or are about to end. */
  private async accepted(jobs: readonly CancellationJob[]): Promise<ReadonlySet<CancellationJob>> {
    const last = await Promise.all(jobs.map(({ id }) => this.redis.lindex(this.notesOf(String(id)), -1)));
    return new Set(
      jobs.filter((job, index) => {
        const note = last[index];
        const told = typeof note === 'string' ? (JSON.parse(note) as Note).attempt : undefined;
        return [told, recordOf(job).attempts.at(-1)].some((attempt) => attempt?.outcome === 'accepted');
      }),
    );
  }

  /** Has those of `ids` that wait start now. */
  async wake(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => startNow(this.queue, id)));
  }

  /** Tells `others` of an attempt that was sent for them too. */
  async tell(others: readonly CancellationJob[], note: Note, now: number): Promise<void> {
    const pipeline = this.redis.pipeline();
    for (const { id, data } of others) {
      const key = this.notesOf(String(id));
      pipeline.rpush(key, JSON.stringify(note)).pexpireat(key, Math.max(now, data.deadline) + MARGIN_MS);
    }
    await pipeline.exec();
  }

  /**
   * @param end whether the cancellation is finished, and else whether it goes behind those that were never sent
   * @returns the call's other unfinished cancellations
   */
  leave(
    job: CancellationJob,
    token: string,
    notesRead: number,
    end: { isFinished: boolean; isRetry: boolean },
  ): Promise<string[]> {
    const id = String(job.id);
    return this.leaveScript(
      [...this.keysOf(job), this.jobPrefix + id],
      id,
      token,
      notesRead,
      end.isFinished ? 1 : 0,
      end.isRetry ? 1 : 0,
    );
  }

  private keysOf(job: CancellationJob): string[] {
    return [`${this.prefix}:lane:${callKey(job.data)}`, this.membersOf(job), this.notesOf(String(job.id))];
  }

  private membersOf(job: CancellationJob): string {
    return `${this.prefix}:call:${callKey(job.data)}`;
  }

  private notesOf(id: string): string {
    return `${this.prefix}:notes:${id}`;
  }
}

/** Those of one request were accepted at one time, and have ids in the order in which it names their streams. */
export const byAge = (one: CancellationJob, other: CancellationJob): number =>
  one.data.createdAt - other.data.createdAt || (String(one.id) < String(other.id) ? -1 : 1);

const goesByDocument = (job: CancellationJob): boolean =>
  job.data.streamName !== null &&
  !asksForSource(job.data) &&
  wayOf(job.data, recordOf(job)).by !== 'stream_resource';

/** Of very many, as many as may be needed where some have come to an end. */
const nearest = (ids: readonly string[]): string[] => [
  ...new Set([...ids.slice(0, 3 * MAX_COMPANIONS), ...ids.slice(-1)]),
];
