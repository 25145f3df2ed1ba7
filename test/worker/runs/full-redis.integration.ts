import { DelayedError } from 'bullmq';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { withAttempt, withOpenAttempt } from '../../../src/cancellation/record-updates.js';
import type { CancellationRecord } from '../../../src/cancellation/record.js';
import type { Lease } from '../../../src/queue/lease.js';
import { waitFor } from '../../../src/worker/next.js';
import { testAttempt } from '../../cancellation/fixtures/cancellation.js';
import { ownRedis } from '../../demo/fixtures/own-redis.js';
import { startRuns } from './fixtures/runs.js';
import type { CarryOut, TestRuns } from './fixtures/runs.js';

/** Not a byte more than it has. */
const FULL = '1';
const UNLIMITED = '0';

describe('a run whose record cannot be saved because Redis is full', () => {
  let admin: Redis;
  let test: TestRuns;

  beforeEach(async () => {
    const { url } = await ownRedis({});
    admin = new Redis(url);
    test = await startRuns({ REDIS_URL: url });
    onTestFinished(async () => {
      await test.close();
      admin.disconnect();
    });
  });

  const setMemory = (bytes: string) => admin.config('SET', 'maxmemory', bytes);

  /** Its update is accepted, but nothing can be written from then on. */
  const acceptedMeanwhile: CarryOut = async (lease: Lease) => {
    const attempt = testAttempt({ startedAt: test.clock.now() });
    const open = withOpenAttempt(lease.record, attempt);
    await lease.save(open);
    await setMemory(FULL);
    const record = withAttempt(open, attempt);
    await lease.save(record);
    return { record, next: waitFor('backoff', 0), companions: null };
  };

  /** The record as the next run reads it, once Redis has room again. */
  async function recordAfter(carryOut: CarryOut): Promise<CancellationRecord | undefined> {
    const { id } = await test.add();
    const refusals = vi.fn<() => void>();
    const given = test.process(carryOut, refusals).catch((error: unknown) => error);
    await vi.waitFor(() => expect(refusals).toHaveBeenCalled(), { timeout: 10_000 });
    await setMemory(UNLIMITED);
    expect(await given).toBeInstanceOf(DelayedError);
    expect(await test.stateOf(id)).toBe('delayed');
    return (await test.parts.cancellations.find(id))?.record;
  }

  it('keeps the answer that came meanwhile, so that no second update is sent', async () => {
    expect(await recordAfter(acceptedMeanwhile)).toMatchObject({
      open: null,
      isCallUnknown: false,
      attempts: [{ number: 1, outcome: 'accepted', httpStatus: 200 }],
    });
  });

  it('lists no attempt that it could not write down, because it did not send it', async () => {
    const record = await recordAfter(async (lease) => {
      await setMemory(FULL);
      await lease.save(withOpenAttempt(lease.record, testAttempt()));
      throw new Error('nothing may be sent');
    });
    expect(record).toMatchObject({ open: null, attempts: [] });
  });
});
