import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { Idempotency, keyedBody } from '../../../src/api/accept/idempotency.js';
import type { KeyedBody } from '../../../src/api/accept/idempotency.js';
import { ServiceEnvironment } from '../../../src/config/service.environment.js';
import type { ApiConnection } from '../../../src/queue/connections/api.connection.js';

const KEYED = keyedBody({ value: 'key', apiKeyName: null }, { callSid: 'a' }) as KeyedBody;

describe('what is remembered of an Idempotency-Key', () => {
  let redis: Redis;
  let prefix: string;
  let idempotency: Idempotency;

  beforeEach(() => {
    prefix = `{test-${randomUUID()}}`;
    redis = new Redis(inject('redisUrl'));
    const environment = Object.assign(new ServiceEnvironment(), { QUEUE_PREFIX: prefix, RETENTION_HOURS: 1 });
    idempotency = new Idempotency({ redis } as ApiConnection, environment);
    onTestFinished(() => redis.disconnect());
  });

  const msToLive = async (): Promise<number> => redis.pttl((await redis.keys(`${prefix}:*`))[0] ?? '');

  it('is nothing before its first use', async () => {
    expect(await idempotency.find(KEYED)).toBeNull();
  });

  it('is the reservation of its first use, for RETENTION_HOURS', async () => {
    expect(await idempotency.reserve(KEYED, { ids: [['one', 'two']], streamNames: ['a', 'b'] })).toBeNull();
    const known = { ids: [['one', 'two']], streamNames: ['a', 'b'], settled: new Map() };
    expect(await idempotency.reserve(KEYED, { ids: [['three']] })).toMatchObject(known);
    expect(await idempotency.find(KEYED)).toMatchObject(known);
    expect(await msToLive()).toBeGreaterThan(3_590_000);
    expect(await msToLive()).toBeLessThanOrEqual(3_600_000);
  });

  it('is one reservation for many requests at once', async () => {
    const reserved = await Promise.all(
      Array.from({ length: 100 }, (_, index) => idempotency.reserve(KEYED, { ids: [[String(index)]] })),
    );
    const first = reserved.indexOf(null);
    expect(reserved.filter((known) => known !== null)).toHaveLength(99);
    for (const known of reserved) expect(known?.ids ?? [[String(first)]]).toEqual([[String(first)]]);
  });

  it('is refused to another body', async () => {
    await idempotency.reserve(KEYED, { ids: [['one']] });
    const other = { ...KEYED, fingerprint: 'another' };
    await expect(idempotency.find(other)).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    await expect(idempotency.reserve(other, { ids: [['two']] })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
  });

  it('is kept apart by the name of the API key', async () => {
    await idempotency.reserve(KEYED, { ids: [['one']] });
    expect(await idempotency.find({ ...KEYED, key: { value: 'key', apiKeyName: 'billing' } })).toBeNull();
  });

  it('is the cancellation that was settled first for each reserved id', async () => {
    await idempotency.reserve(KEYED, { ids: [['one'], ['two']] });
    expect((await idempotency.settle(KEYED, new Map([['one', 'earlier']]))).get('one')).toBe('earlier');
    const settled = await idempotency.settle(
      KEYED,
      new Map([
        ['one', 'one'],
        ['two', 'two'],
      ]),
    );
    expect([settled.get('one'), settled.get('two')]).toEqual(['earlier', 'two']);
    expect((await idempotency.find(KEYED))?.settled.get('one')).toBe('earlier');
  });

  it('expires even if it is settled after it had expired', async () => {
    await idempotency.settle(KEYED, new Map([['one', 'one']]));
    expect(await msToLive()).toBeGreaterThan(0);
    expect(await idempotency.find(KEYED)).toBeNull();
  });
});
