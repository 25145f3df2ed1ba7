import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { defineScript } from '../../platform/redis/script.js';
import type { Script } from '../../platform/redis/script.js';
import { PROBLEMS } from '../../problems/catalogue.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import type { IdempotencyKey } from '../requests/idempotency-key.js';
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

export interface KnownKey extends Reservation {
  /**
   * By reserved id: the id of the cancellation that stands for it, which is an earlier one of the same stream or its
   * own.
   */
  readonly settled: ReadonlyMap<string, string>;
}

/** The hash's field for the reservation. Each other field is a reserved id. */
const RESERVATION = 'reservation';

/**
 * Invariant: the first reservation stays, and the hash always expires.
 *
 * KEYS hash. ARGV reservation, lifetime (ms).
 * Returns an empty list if the reservation is new, otherwise all fields and values.
 */
const RESERVE = `
if redis.call('HSETNX', KEYS[1], '${RESERVATION}', ARGV[1]) == 0 then return redis.call('HGETALL', KEYS[1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {}`;

/**
 * Invariant: what was settled first for a reserved id stays, and the hash always expires.
 *
 * KEYS hash. ARGV lifetime (ms), then pairs of a reserved id and the id that stands for it.
 * Returns all fields and values.
 */
const SETTLE = `
for i = 2, #ARGV, 2 do redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) end
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return redis.call('HGETALL', KEYS[1])`;

/**
 * Remembers for `RETENTION_HOURS` what each `Idempotency-Key` was used for, in one Redis hash per key. Every step can
 * be repeated: whatever is there stays.
 */
@Injectable()
export class Idempotency {
  private readonly ttlMs: number;
  private readonly reserveScript: Script<string[]>;
  private readonly settleScript: Script<string[]>;

  constructor(
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
  ) {
    this.ttlMs = environment.RETENTION_HOURS * HOUR_MS;
    this.reserveScript = defineScript(connection.redis, 'streamstopReserveKey', RESERVE);
    this.settleScript = defineScript(connection.redis, 'streamstopSettleKey', SETTLE);
  }

  /** @throws {ApiError} `idempotency_key_reused`: the key was used with another body */
  async find(keyed: KeyedBody): Promise<KnownKey | null> {
    return knownKey(keyed, await this.connection.redis.hgetall(this.redisKey(keyed.key)));
  }

  /**
   * @returns null if this was the key's first use, otherwise what is known of it
   * @throws {ApiError} `idempotency_key_reused`: the key was used with another body
   */
  async reserve(keyed: KeyedBody, reservation: Reservation): Promise<KnownKey | null> {
    const value = JSON.stringify({ fingerprint: keyed.fingerprint, ...reservation });
    return knownKey(keyed, fieldsOf(await this.reserveScript([this.redisKey(keyed.key)], value, this.ttlMs)));
  }

  /**
   * @param standing by reserved id, the id of the cancellation that stands for it
   * @returns the same for the whole key; what another request has settled before stays
   */
  async settle(
    { key }: KeyedBody,
    standing: ReadonlyMap<string, string>,
  ): Promise<ReadonlyMap<string, string>> {
    const fields = await this.settleScript([this.redisKey(key)], this.ttlMs, ...[...standing].flat());
    return new Map(Object.entries(fieldsOf(fields)));
  }

  /** A client chooses its keys, so they are kept apart by the name of its API key. */
  private redisKey({ apiKeyName, value }: IdempotencyKey): string {
    const digest = hash('sha256', JSON.stringify([apiKeyName, value]), 'base64url');
    return `${this.environment.QUEUE_PREFIX}:idempotency:${digest}`;
  }
}

/** @param list fields and values in turn, as a script returns a hash */
function fieldsOf(list: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let index = 0; index < list.length; index += 2) fields[list[index] ?? ''] = list[index + 1] ?? '';
  return fields;
}

/** @throws {ApiError} `idempotency_key_reused` */
function knownKey(
  { fingerprint }: KeyedBody,
  { [RESERVATION]: reserved, ...settled }: Readonly<Record<string, string>>,
): KnownKey | null {
  if (reserved === undefined) return null;
  const reservation = JSON.parse(reserved) as Reservation & { readonly fingerprint: string };
  if (reservation.fingerprint !== fingerprint)
    throw new ApiError(
      PROBLEMS.idempotency_key_reused,
      'this Idempotency-Key was used with another body; use a new key, or send the original body again',
    );
  return { ...reservation, settled: new Map(Object.entries(settled)) };
}
