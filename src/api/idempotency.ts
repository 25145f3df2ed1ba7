import { randomBytes } from 'node:crypto';
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { ApiConnection } from '../queue/api.connection.js';
import { defineScript } from '../platform/redis/script.js';
import type { Script } from '../platform/redis/script.js';
import { IdempotencyKeyReusedError } from './errors.js';
import { CANCELLATIONS_QUEUE } from '../queue/cancellations.queue.js';
import type { CancellationQueue } from '../queue/cancellations.queue.js';
import type { CancellationData, KeyedRequest } from '../cancellation/data.js';
import type { RequestedStream } from './request-data.js';

const HOUR_MS = 3_600_000;

/** BullMQ adds no job with an id whose place is taken. */
const TAKE_PLACE = `
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'data', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return redis.call('HGET', KEYS[1], 'data')
`;

/** What stands at the place of a job: the request that the job is of, or what was put there instead of a job. */
export interface Held extends KeyedRequest {
  /** The earlier cancellation that was about to stop the stream, and that the id stands for in place of one of its own. */
  readonly standsFor?: string;
  /** What a request for several streams found; each has an id of its own. */
  readonly streams?: readonly RequestedStream[];
}

/**
 * Knows which cancellation a key stands for: the job whose id is made of the key (`keyed-ids.ts`). BullMQ leaves alone a
 * job that is there, so that the queue itself is the record. Where the key stands for no job of its own, a hash without
 * a job keeps the place for `RETENTION_HOURS`; no longer than the cancellations can be read that it leads to.
 */
@Injectable()
export class Idempotency {
  private readonly takePlace: Script<string>;
  private readonly process = randomBytes(9).toString('base64url');
  private requests = 0;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
  ) {
    this.takePlace = defineScript(connection.redis, 'streamstopTakePlace', TAKE_PLACE);
  }

  /** A request with a key, told from all others, of whichever process. */
  request(fingerprint: string): KeyedRequest {
    this.requests += 1;
    return { fingerprint, mark: `${this.process}${this.requests.toString(36)}` };
  }

  /**
   * What stands at the place of `id`; null for nothing.
   *
   * @throws {IdempotencyKeyReusedError} where it is another request's
   */
  async find(id: string, request: KeyedRequest): Promise<Held | null> {
    const data = await this.connection.redis.hget(this.queue.toKey(id), 'data');
    if (data === null) return null;
    // Nobody else knows its mark, so that what has it need not be read: it is the request's own job.
    return data.includes(`"${request.mark}"`) ? request : heldIn(data, request);
  }

  /**
   * Takes the place of `id`, unless it is taken.
   *
   * @returns what stands there from now on
   * @throws {IdempotencyKeyReusedError} where it is another request's
   */
  async take(id: string, held: Held): Promise<Held> {
    const data: Pick<CancellationData, 'keyed'> = { keyed: held };
    const ttlMs = this.environment.RETENTION_HOURS * HOUR_MS;
    const standing = await this.takePlace([this.queue.toKey(id)], JSON.stringify(data), ttlMs);
    return heldIn(standing, held);
  }
}

function heldIn(data: string, { fingerprint }: KeyedRequest): Held {
  const { keyed } = JSON.parse(data) as Pick<CancellationData, 'keyed'>;
  if (keyed?.fingerprint !== fingerprint) throw new IdempotencyKeyReusedError();
  return keyed;
}
