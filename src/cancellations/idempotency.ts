import { createHash } from 'node:crypto';
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { ApiConnection } from '../redis/api.connection.js';
import { defineScript } from '../redis/script.js';
import type { Script } from '../redis/script.js';
import { IdempotencyKeyReusedError } from './cancellations.errors.js';
import { CANCELLATIONS_QUEUE } from './cancellations.queue.js';
import type { CancellationQueue } from './cancellations.queue.js';
import { claiming } from './claim.js';
import type { Claiming } from './claim.js';
import type { IdempotencyKey } from './idempotency-key.js';
import type { RequestedStream } from './request-data.js';

const HOUR_MS = 3_600_000;

/** No request is under way for so long. */
const ABANDONED_MS = 60_000;

/**
 * Points the key elsewhere, unless another request has done so or its cancellation has come to be after all. What takes
 * the place of the job keeps BullMQ from adding one with this id, which a request that read the key before might ask for.
 */
const POINT_ELSEWHERE = `
local held = redis.call('GET', KEYS[1])
if held ~= ARGV[1] or redis.call('EXISTS', KEYS[2]) == 1 then return held end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
redis.call('HSET', KEYS[2], 'abandoned', 1)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return ARGV[2]
`;

/** What is kept of a key. */
export interface Held {
  /** Of the request that came first. */
  readonly fingerprint: string;
  /** Of its cancellation. */
  readonly id: string;
  /** It asked for a stream that an earlier cancellation was about to stop. */
  readonly duplicate: boolean;
  /** What a request for several streams found; each has a key of its own. */
  readonly streams?: readonly RequestedStream[];
}

/** A key, and what it was found to hold. */
export interface Claim extends Held {
  readonly redisKey: string;
}

/** Knows for `RETENTION_HOURS` which cancellation a key stands for; no longer than that cancellation can be read. */
@Injectable()
export class Idempotency {
  private readonly claimKey: Claiming;
  private readonly pointElsewhere: Script<string | null>;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
  ) {
    this.claimKey = claiming(connection.redis);
    this.pointElsewhere = defineScript(connection.redis, 'streamstopPointElsewhere', POINT_ELSEWHERE);
  }

  /**
   * @param wanted what the key shall stand for, if it stands for nothing: a cancellation, or a request for several streams
   * @throws {IdempotencyKeyReusedError} where it stands for another request
   */
  async claim(
    key: IdempotencyKey,
    fingerprint: string,
    wanted: Pick<Held, 'id' | 'streams'>,
  ): Promise<Claim> {
    const { RETENTION_HOURS } = this.environment;
    const redisKey = this.redisKey(key);
    const value = serialize({ fingerprint, duplicate: false, ...wanted });
    const held = parse(await this.claimKey(redisKey, value, RETENTION_HOURS * HOUR_MS));
    if (held.fingerprint !== fingerprint) throw new IdempotencyKeyReusedError();
    return { ...held, redisKey };
  }

  /**
   * What the key stands for; null for nothing.
   *
   * @throws {IdempotencyKeyReusedError} where it stands for another request
   */
  async find(key: IdempotencyKey, fingerprint: string): Promise<Held | null> {
    const found = await this.connection.redis.get(this.redisKey(key));
    if (found === null) return null;
    const held = parse(found);
    if (held.fingerprint !== fingerprint) throw new IdempotencyKeyReusedError();
    return held;
  }

  /**
   * Has the key stand for the cancellation that its request was answered with in the queue. Requests with one key may
   * get different answers there, when the stream's earlier cancellation ends between them: one of them decides.
   */
  async settle({ redisKey, ...held }: Claim, queuedId: string): Promise<Pick<Held, 'id' | 'duplicate'>> {
    const { redis } = this.connection;
    if (queuedId === held.id) return parse((await redis.get(redisKey)) ?? serialize(held));
    const elsewhere = { ...held, id: queuedId, duplicate: true };
    const keys = [redisKey, this.queue.toKey(held.id)];
    const decided = await this.pointElsewhere(keys, serialize(held), serialize(elsewhere), ABANDONED_MS);
    return decided === null ? elsewhere : parse(decided);
  }

  private redisKey({ apiKeyName, value, stream }: IdempotencyKey): string {
    const parts = stream === undefined ? [apiKeyName, value] : [apiKeyName, value, stream];
    const hash = createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
    return `${this.environment.QUEUE_PREFIX}:idempotency:${hash}`;
  }
}

const serialize = ({ fingerprint, id, duplicate, streams }: Held): string =>
  JSON.stringify({ fingerprint, id, duplicate, streams });

const parse = (text: string): Held => JSON.parse(text) as Held;
