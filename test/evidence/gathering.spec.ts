import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NO_PROOF } from '../../src/cancellation/proof.js';
import type { Proof } from '../../src/cancellation/proof.js';
import { Gathering } from '../../src/evidence/gathering.js';

const FETCHED: Proof = { documentFetchedAt: 1, streamStoppedAt: null };
const STOPPED: Proof = { documentFetchedAt: null, streamStoppedAt: 2 };
const BOTH: Proof = { documentFetchedAt: 1, streamStoppedAt: 2 };

const isFetched = ({ documentFetchedAt }: Proof) => documentFetchedAt !== null;
const isBoth = ({ documentFetchedAt, streamStoppedAt }: Proof) =>
  documentFetchedAt !== null && streamStoppedAt !== null;

describe('proof that is gathered', () => {
  let gathering: Gathering;
  let job: AbortController;

  beforeEach(() => {
    vi.useFakeTimers();
    gathering = new Gathering();
    job = new AbortController();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const until = (isEnough: (proof: Proof) => boolean, timeoutMs = 1000) =>
    gathering.until(isEnough, timeoutMs, job.signal);

  it('is given to each that waits as soon as it is enough for that one', async () => {
    const [fetched, both] = [until(isFetched), until(isBoth)];
    gathering.add(FETCHED);
    expect(await fetched).toEqual(FETCHED);
    gathering.add(STOPPED);
    expect(await both).toEqual(BOTH);
  });

  it('is given at once if it is enough already', async () => {
    gathering.add(FETCHED);
    expect(await until(isFetched)).toEqual(FETCHED);
  });

  it('is what there is once the time is over', async () => {
    const [nothing, tooLittle] = [until(isFetched, 10), until(isBoth, 20)];
    await vi.advanceTimersByTimeAsync(10);
    expect(await nothing).toEqual(NO_PROOF);
    gathering.add(FETCHED);
    await vi.advanceTimersByTimeAsync(10);
    expect(await tooLittle).toEqual(FETCHED);
  });

  it('is no longer awaited once the job is lost', async () => {
    const reason = new Error('the lock was lost');
    const awaited = until(isFetched);
    job.abort(reason);
    await expect(awaited).rejects.toBe(reason);
    await expect(until(isFetched)).rejects.toBe(reason);
  });

  it('leaves no timer behind', async () => {
    const enough = until(isFetched);
    gathering.add(FETCHED);
    await enough;
    const lost = until(isBoth);
    job.abort(new Error('the lock was lost'));
    await expect(lost).rejects.toThrow('the lock was lost');
    expect(vi.getTimerCount()).toBe(0);
  });
});
