import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CancellationData } from '../../src/cancellation/data.js';
import { EMPTY_RECORD } from '../../src/cancellation/record.js';
import { changesKey } from '../../src/queue/changes/changes.js';
import { JobLocks } from '../../src/queue/locks/job-locks.js';
import { LockRenewal } from '../../src/queue/locks/lock-renewal.js';
import { Leases } from '../../src/queue/leases.js';
import { LockLostError } from '../../src/queue/worker.errors.js';
import { T0, testRecord } from '../cancellation/fixtures/cancellation.js';
import { workerParts } from './fixtures/worker-parts.js';
import type { WorkerParts } from './fixtures/worker-parts.js';

const SECOND_MS = 1000;

const RECORD = testRecord({ acceptedAt: T0 });

describe('a cancellation in the hands of a worker', () => {
  let parts: WorkerParts;
  let locks: JobLocks;
  let leases: Leases;

  beforeEach(async () => {
    parts = await workerParts();
    locks = new JobLocks(new LockRenewal(parts.queue, parts.connection));
    leases = new Leases(parts.queue, parts.connection, locks, parts.listing, parts.clock, parts.callbackJobs);
  });
  afterEach(async () => {
    locks.onApplicationShutdown();
    await parts.close();
  });

  async function taken(fields: Partial<CancellationData> = {}) {
    await parts.add(fields);
    const job = await parts.take('mine');
    return { job, lease: leases.take(job, 'mine') };
  }

  it('has the record that it began with, and the one that was saved last', async () => {
    const { lease } = await taken();
    await lease.save(RECORD);
    expect(lease.record).toEqual(EMPTY_RECORD);
    expect(lease.latest).toEqual(RECORD);
  });

  it('begins with what its last run has saved', async () => {
    const { lease } = await taken();
    await lease.save(RECORD);
    await lease.sleep(0);
    await parts.cancellations.startNow([lease.id]);
    expect(leases.take(await parts.take('next'), 'next').record).toEqual(RECORD);
  });

  it('sleeps for as long as it is told to', async () => {
    const { job, lease } = await taken();
    await lease.sleep(60_000);
    expect(await job.getState()).toBe('delayed');
    await parts.cancellations.startOverdue(Date.now() + 60_000 - SECOND_MS, 1);
    expect(await job.getState()).toBe('delayed');
    await parts.cancellations.startOverdue(Date.now() + 60_000, 1);
    expect(await job.getState()).toBe('waiting');
  });

  it('is announced once it sleeps, and not before, when it would seem to run', async () => {
    const { job, lease } = await taken({ place: 0 });
    const told = () => parts.redis.xlen(changesKey(parts.prefix));
    const before = await told();
    const states: Promise<string>[] = [];
    const announce = vi
      .spyOn(parts.listing, 'announce')
      .mockImplementation(() => void states.push(job.getState()));
    await lease.sleep(60_000);
    expect(announce.mock.calls).toEqual([[[lease.id]]]);
    expect(await Promise.all(states)).toEqual(['delayed']);
    expect(await told()).toBe(before);
  });

  it('is noted as waiting while it still runs, because its next run notes something else', async () => {
    const { job, lease } = await taken({ place: 0 });
    const states: Promise<string>[] = [];
    vi.spyOn(parts.listing, 'note').mockImplementation(() => void states.push(job.getState()));
    await lease.sleep(60_000);
    expect(await Promise.all(states)).toEqual(['active']);
  });

  it('is announced although nobody knows whether it sleeps', async () => {
    const { job, lease } = await taken();
    const announce = vi.spyOn(parts.listing, 'announce');
    vi.spyOn(job, 'moveToDelayed').mockRejectedValue(new Error('Connection is closed.'));
    await expect(lease.sleep(60_000)).rejects.toThrow('Connection is closed.');
    expect(announce.mock.calls).toEqual([[[lease.id]]]);
  });

  it('has a fence that holds while the worker has it, and no longer once another one does', async () => {
    const { lease } = await taken();
    const { key, token } = lease.fence;
    expect(await parts.redis.get(key)).toBe(token);
    await lease.sleep(0);
    await parts.cancellations.startNow([lease.id]);
    await parts.take('of another worker');
    expect(await parts.redis.get(key)).not.toBe(token);
    await expect(lease.save(RECORD)).rejects.toThrow(LockLostError);
    expect(lease.latest).toEqual(EMPTY_RECORD);
  });

  it('writes nothing once BullMQ has said that it is lost, though its lock still stands', async () => {
    const { job, lease } = await taken();
    leases.lose(lease.id);
    expect(lease.signal.reason).toEqual(new LockLostError(lease.id));
    await expect(lease.save(RECORD)).rejects.toThrow(LockLostError);
    expect((await parts.read(job)).progress).toBe(0);
  });

  it('is not lost after its release', async () => {
    const { lease } = await taken();
    lease.release();
    leases.lose(lease.id);
    expect(lease.signal.aborted).toBe(false);
  });
});
