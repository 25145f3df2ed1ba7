import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ChainableCommander } from 'ioredis';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import type { IdempotencyKey } from '../requests/idempotency-key.js';
import { IdempotencyKeyReusedError } from './errors.js';
import { fingerprintOf } from './fingerprint.js';

const HOUR_MS = 3_600_000;

/** A request's key, with the fingerprint of its body. */
export interface KeyedBody {
  readonly key: IdempotencyKey;
  readonly fingerprint: string;
}

export const keyedBody = (key: IdempotencyKey | null, body: unknown): KeyedBody | null =>
  key === null ? null : { key, fingerprint: fingerprintOf(body) };

/** The ids for the cancellations of a keyed request, so that repeating the request adds the same jobs. */
export interface Reservation {
  /** Per request of the body, one id per stream. */
  readonly ids: readonly (readonly string[])[];
  /** The names that were found for `"streamNames": "all"`. */
  readonly streamNames?: readonly string[];
}

/** What is known of a key. */
export interface KnownKey extends Reservation {
  /** By reserved id: the id of the cancellation that stands for it, which is an earlier one of the same stream or its own. */
  readonly settled: ReadonlyMap<string, string>;
}

/** The hash's field for the reservation. Each other field is a reserved id. */
const RESERVATION = 'reservation';

/**
 * Remembers for `RETENTION_HOURS` what each `Idempotency-Key` was used for, in one Redis hash per key. Every step can be
 * repeated: whatever is there stays.
 */
@Injectable()
export class Idempotency {
  private readonly ttlMs: number;

  constructor(
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
  ) {
    this.ttlMs = environment.RETENTION_HOURS * HOUR_MS;
  }

  /** @throws {IdempotencyKeyReusedError} the key was used with another body */
  async find({ key, fingerprint }: KeyedBody): Promise<KnownKey | null> {
    const { [RESERVATION]: reserved, ...settled } = await this.connection.redis.hgetall(this.redisKey(key));
    if (reserved === undefined) return null;
    const reservation = JSON.parse(reserved) as Reservation & { readonly fingerprint: string };
    if (reservation.fingerprint !== fingerprint) throw new IdempotencyKeyReusedError();
    return { ...reservation, settled: new Map(Object.entries(settled)) };
  }

  /** @returns false if another request with this key came first */
  async reserve({ key, fingerprint }: KeyedBody, reservation: Reservation): Promise<boolean> {
    const redisKey = this.redisKey(key);
    const transaction = this.connection.redis
      .multi()
      .hsetnx(redisKey, RESERVATION, JSON.stringify({ fingerprint, ...reservation }))
      .pexpire(redisKey, this.ttlMs, 'NX');
    const [isFirst] = await resultsOf(transaction);
    return isFirst === 1;
  }

  /**
   * @param standing by reserved id, the id of the cancellation that stands for it
   * @returns the same for the whole key; what another request has settled before stays
   */
  async settle(
    { key }: KeyedBody,
    standing: ReadonlyMap<string, string>,
  ): Promise<ReadonlyMap<string, string>> {
    const redisKey = this.redisKey(key);
    const transaction = this.connection.redis.multi();
    for (const [reserved, id] of standing) transaction.hsetnx(redisKey, reserved, id);
    const results = await resultsOf(transaction.pexpire(redisKey, this.ttlMs, 'NX').hgetall(redisKey));
    return new Map(Object.entries(results.at(-1) as Record<string, string>));
  }

  /** A client chooses its keys, so they are kept apart by the name of its API key. */
  private redisKey({ apiKeyName, value }: IdempotencyKey): string {
    const digest = hash('sha256', JSON.stringify([apiKeyName, value]), 'base64url');
    return `${this.environment.QUEUE_PREFIX}:idempotency:${digest}`;
  }
}

async function resultsOf(transaction: ChainableCommander): Promise<unknown[]> {
  const results = (await transaction.exec()) ?? [];
  return results.map(([error, result]) => {
    if (error !== null) throw error;
    return result;
  });
}
