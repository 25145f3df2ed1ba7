import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CancellationJob } from '../../../src/queue/cancellations.queue.js';
import { JobLocks, LOCK_MS } from '../../../src/queue/locks/job-locks.js';
import { LockRenewal } from '../../../src/queue/locks/lock-renewal.js';
import { LockLostError } from '../../../src/queue/worker.errors.js';

/** Asks the job itself, as BullMQ would. */
const RENEWAL = {
  extend: (job: CancellationJob, token: string, forMs: number) => job.extendLock(token, forMs),
} as unknown as LockRenewal;

describe("the locks of a worker's runs", () => {
  let locks: JobLocks;
  /** By the token of the run. */
  let renewals: Record<string, number>;

  beforeEach(() => {
    vi.useFakeTimers();
    renewals = {};
    locks = new JobLocks(RENEWAL);
  });
  afterEach(() => {
    locks.onApplicationShutdown();
    vi.useRealTimers();
  });

  /** @param isOurs BullMQ's answer to each renewal */
  function jobWith(id: string, isOurs: () => Promise<number> = async () => 1): CancellationJob {
    const extendLock = (token: string, forMs: number): Promise<number> => {
      if (forMs === LOCK_MS) renewals[token] = (renewals[token] ?? 0) + 1;
      return isOurs();
    };
    return { id, extendLock } as CancellationJob;
  }

  it('are renewed every four seconds until they are released', async () => {
    const lock = locks.hold(jobWith('job'), 'a');
    await vi.advanceTimersByTimeAsync(3900);
    expect(renewals).toEqual({});
    await vi.advanceTimersByTimeAsync(8200);
    expect(renewals).toEqual({ a: 3 });
    lock.release();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(renewals).toEqual({ a: 3 });
  });

  it('are renewed for the second run of a job after the end of the first', async () => {
    const job = jobWith('job');
    const first = locks.hold(job, 'a');
    const second = locks.hold(job, 'b');
    first.release();
    first.release();
    await vi.advanceTimersByTimeAsync(12_100);
    expect(renewals).toEqual({ b: 3 });
    locks.lose('job');
    expect([first.signal.aborted, second.signal.aborted]).toEqual([false, true]);
  });

  it('are lost for the one run whose renewal BullMQ refuses', async () => {
    const lost = locks.hold(
      jobWith('lost', async () => 0),
      'a',
    );
    const kept = locks.hold(jobWith('kept'), 'b');
    await vi.advanceTimersByTimeAsync(4100);
    expect(lost.signal.reason).toEqual(new LockLostError('lost'));
    expect(kept.signal.aborted).toBe(false);
  });

  it('are lost for all runs of a job that BullMQ has found lost', () => {
    const job = jobWith('job');
    const runs = [locks.hold(job, 'a'), locks.hold(job, 'b')];
    const other = locks.hold(jobWith('other'), 'c');
    locks.lose('job');
    locks.lose('unknown');
    for (const { signal } of runs) expect(signal.reason).toEqual(new LockLostError('job'));
    expect(other.signal.aborted).toBe(false);
  });

  it('are not lost while Redis cannot be reached, and are renewed again', async () => {
    const { signal } = locks.hold(
      jobWith('job', () => Promise.reject(new Error('Connection is closed.'))),
      'a',
    );
    await vi.advanceTimersByTimeAsync(8100);
    expect(signal.aborted).toBe(false);
    expect(renewals).toEqual({ a: 2 });
  });

  it('are renewed until the application has shut down, because runs under way are waited for', async () => {
    const underWay = { beforeApplicationShutdown: () => vi.advanceTimersByTimeAsync(8100) };
    const renewal = { provide: LockRenewal, useValue: RENEWAL };
    const providers = [JobLocks, renewal, { provide: 'attempts', useValue: underWay }];
    const module = await Test.createTestingModule({ providers }).compile();
    await module.init();
    module.get(JobLocks).hold(jobWith('job'), 'a');
    await module.close();
    expect(renewals).toEqual({ a: 2 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(renewals).toEqual({ a: 2 });
  });
});
