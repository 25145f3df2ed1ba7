import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { checkSchema, requireSchema } from '../../../../src/platform/redis/checks/schema.js';
import { OtherSchemaError } from '../../../../src/platform/redis/redis.errors.js';

describe('the schema version', () => {
  let redis: Redis;
  beforeAll(() => {
    redis = new Redis(inject('redisUrl'));
  });
  afterAll(() => redis.disconnect());

  let prefix: string;
  beforeEach(() => {
    prefix = `{test-${randomUUID()}}`;
  });
  const found = () => redis.get(`${prefix}:schema`);
  const keep = (version: string) => redis.set(`${prefix}:schema`, version);

  it('is written where there is none, also beside data that has none', async () => {
    await redis.set(`${prefix}:data`, 'a value');
    await requireSchema(redis, prefix, 2);
    expect(await found()).toBe('2');
  });

  it('is only read by a check', async () => {
    expect(await checkSchema(redis, prefix, 2)).toBe(false);
    expect(await found()).toBeNull();
    await keep('2');
    expect(await checkSchema(redis, prefix, 2)).toBe(true);
  });

  it('is kept by those who know it', async () => {
    await keep('2');
    await requireSchema(redis, prefix, 2);
    expect(await found()).toBe('2');
  });

  it.each([
    ['3', 'a newer schema version'],
    ['10', 'a newer schema version'],
    ['1', 'an unknown schema version'],
    ['', 'an unknown schema version'],
    ['two\nlines', 'an unknown schema version'],
  ])('is refused as %j, in one line that says %s, and left alone', async (version, words) => {
    await keep(version);
    const refusal = await requireSchema(redis, prefix, 2).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(OtherSchemaError);
    const { message } = refusal as Error;
    for (const part of [words, `${prefix}:schema is ${JSON.stringify(version)}`, 'needs "2"'])
      expect(message).toContain(part);
    expect(message).not.toContain('\n');
    expect(await found()).toBe(version);
  });

  it('is settled by the first of two processes that write at once', async () => {
    const outcomes = await Promise.allSettled([2, 3].map((own) => requireSchema(redis, prefix, own)));
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});
