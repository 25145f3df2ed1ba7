import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { closedGates, ProjectGates } from '../../src/gate/project-gates.js';
import type { Applicant, Pass } from '../../src/gate/project-gates.js';
import type { ClosedState } from '../../src/cancellation/project-states.js';
import { testProject } from '../projects/fixtures/project.js';

const PROBE_TIMEOUT_MS = 60_000;
const PROJECT = 'billing';
const DELAYED = `delayed-${randomUUID()}`;

describe("a project's gate, shared by all workers", () => {
  let redis: Redis;
  let prefix: string;
  let gates: ProjectGates;
  let otherWorker: ProjectGates;

  beforeEach(() => {
    redis = new Redis(inject('redisUrl'));
    prefix = `{test-${randomUUID()}}`;
    gates = new ProjectGates(redis, prefix, PROBE_TIMEOUT_MS, DELAYED);
    otherWorker = new ProjectGates(redis, prefix, PROBE_TIMEOUT_MS, DELAYED);
  });
  afterEach(async () => {
    await redis.del(DELAYED);
    redis.disconnect();
  });

  const passAs = async (applicant: Partial<Applicant>, name = PROJECT, worker = gates): Promise<Pass> => {
    const usual = { id: 'a', wakesAt: Date.now() + 30_000, isLastTry: false, isFresh: true, hasWaited: true };
    return (await worker.admit(testProject(name), { ...usual, ...applicant })).pass;
  };
  const pass = (id: string, isLastTry = false, name = PROJECT) => passAs({ id, isLastTry }, name);

  const fails = (
    state: ClosedState,
    given: { callSid?: string; isProbe?: boolean; retryAfterMs?: number } = {},
  ) =>
    gates.fails(PROJECT, state, {
      callSid: given.callSid ?? 'call',
      isProbe: given.isProbe ?? false,
      retryAfterMs: given.retryAfterMs ?? null,
    });

  const outage = async () => {
    for (let call = 1; call <= 5; call += 1) await fails('unavailable', { callSid: `call-${call}` });
  };

  /** As if the wait for the next probe were over. */
  const letProbeBeDue = () => redis.hset(`${prefix}:gate:${PROJECT}`, 'probeAt', 1);

  it('is open to begin with', async () => {
    expect(await pass('a')).toEqual({ kind: 'open', isTroubled: false });
    expect(await closedGates(redis, prefix)).toEqual([]);
  });

  it.each<ClosedState>(['throttled', 'unauthorized'])(
    'closes for all with the first sign of %s',
    async (state) => {
      expect(await fails(state)).toBe(state);
      expect(await fails(state)).toBeNull();
      expect(await passAs({}, PROJECT, otherWorker)).toMatchObject({ kind: 'closed', state });
      expect(await pass('b', false, 'another project')).toMatchObject({ kind: 'open' });
    },
  );

  it('closes for an outage only after failures of five different calls', async () => {
    for (let failure = 0; failure < 20; failure += 1)
      await fails('unavailable', { callSid: 'one sick call' });
    expect(await pass('a')).toEqual({ kind: 'open', isTroubled: true });
    for (const callSid of ['2', '3', '4']) expect(await fails('unavailable', { callSid })).toBeNull();
    expect(await fails('unavailable', { callSid: '5' })).toBe('unavailable');
    expect(await pass('a')).toMatchObject({ kind: 'closed', state: 'unavailable' });
  });

  it('forgets a run of failures at the first success', async () => {
    for (const callSid of ['1', '2', '3', '4']) await fails('unavailable', { callSid });
    expect(await gates.works(PROJECT, 'open')).toBeNull();
    expect(await fails('unavailable', { callSid: '5' })).toBeNull();
    expect(await pass('a')).toMatchObject({ kind: 'open' });
  });

  it('opens when a probe succeeds, and says what has ended', async () => {
    await outage();
    expect(await gates.works(PROJECT, 'probe')).toBe('unavailable');
    expect(await pass('a')).toEqual({ kind: 'open', isTroubled: false });
  });

  it.each<[ClosedState, 'open' | 'last_try']>([
    ['throttled', 'open'],
    ['throttled', 'last_try'],
    ['unauthorized', 'open'],
    ['unavailable', 'open'],
  ])('stays %s when a request that was let through as %s succeeds', async (state, passedAs) => {
    await outage();
    await fails(state);
    expect(await gates.works(PROJECT, passedAs)).toBeNull();
    expect(await pass('a')).toMatchObject({ kind: 'closed', state });
  });

  it('opens after an outage when a last try succeeds', async () => {
    await outage();
    expect(await gates.works(PROJECT, 'last_try')).toBe('unavailable');
  });

  it('stays throttled for as long as asked, whatever else fails meanwhile', async () => {
    await fails('throttled', { retryAfterMs: 20_000 });
    const before = (await pass('a')) as { probeAt: number };
    await outage();
    expect(await pass('a')).toEqual({ kind: 'closed', state: 'throttled', probeAt: before.probeAt });
  });

  it.each<[ClosedState, number]>([
    ['throttled', 60_000],
    ['unauthorized', 60_000],
  ])('waits no longer than is sensible where it is told to wait for a day: %s', async (state, longest) => {
    await fails(state, { retryAfterMs: 86_400_000 });
    const { probeAt } = (await pass('a')) as { probeAt: number };
    expect(probeAt - Date.now()).toBeLessThanOrEqual(longest);
    expect(probeAt - Date.now()).toBeGreaterThan(longest - 5000);
  });

  it('stays closed for as long as SignalWire asked for', async () => {
    const before = Date.now();
    await fails('throttled', { retryAfterMs: 20_000 });
    await fails('throttled', { retryAfterMs: 5000 });
    const closed = await pass('a');
    expect(closed).toMatchObject({ kind: 'closed' });
    const { probeAt } = closed as { probeAt: number };
    expect(probeAt).toBeGreaterThanOrEqual(before + 20_000);
    expect(probeAt).toBeLessThan(Date.now() + 21_000);
  });

  it('lets one through as a probe once its time has come, and no other until that is decided', async () => {
    await outage();
    expect(await pass('a')).toMatchObject({ kind: 'closed' });
    await letProbeBeDue();
    expect(await pass('a')).toEqual({ kind: 'probe', state: 'unavailable' });
    expect(await pass('b')).toMatchObject({ kind: 'closed' });
  });

  it('waits twice as long after each failed probe, up to a limit', async () => {
    await outage();
    const waits: number[] = [];
    for (let probe = 0; probe < 6; probe += 1) {
      const before = Date.now();
      await fails('unavailable', { isProbe: true });
      const { probeAt } = (await pass('a')) as { probeAt: number };
      waits.push(Math.round((probeAt - before) / 1000));
    }
    expect(waits).toEqual([2, 4, 5, 5, 5, 5]);
  });

  it('lets a cancellation near its deadline have one try in an outage, but not with refused credentials', async () => {
    await outage();
    expect(await pass('a', true)).toEqual({ kind: 'last_try', state: 'unavailable' });
    await fails('unauthorized', { isProbe: true });
    expect(await pass('a', true)).toMatchObject({ kind: 'closed', state: 'unauthorized' });
  });

  it('is not taken for working credentials because an older request failed otherwise', async () => {
    await fails('unauthorized');
    await outage();
    await fails('throttled');
    expect(await pass('a')).toMatchObject({ state: 'unauthorized' });
  });

  it('has one that waits start when a probe is due, and the others when it has opened', async () => {
    await outage();
    for (const id of ['a', 'b', 'c']) {
      await pass(id);
      await redis.zadd(DELAYED, 1, id);
    }
    expect(await gates.due(100)).toEqual([]);

    await letProbeBeDue();
    const [probe, ...others] = await gates.due(100);
    expect(['a', 'b', 'c']).toContain(probe);
    expect(others).toEqual([]);

    expect(await pass(String(probe))).toMatchObject({ kind: 'probe' });
    await gates.works(PROJECT, 'probe');
    const rest = ['a', 'b', 'c'].filter((id) => id !== probe);
    expect((await gates.due(100)).toSorted()).toEqual(rest);
    for (const id of rest) expect(await pass(id)).toMatchObject({ kind: 'open' });
    expect(await gates.due(100)).toEqual([]);
  });

  it('finds one that had not begun to wait yet when it opened', async () => {
    await outage();
    await pass('a');
    await gates.works(PROJECT, 'probe');
    expect(await gates.due(100)).toEqual([]);
    await redis.zadd(DELAYED, 1, 'a');
    expect(await gates.due(100)).toEqual(['a']);
  });

  it('passes over those that have come to an end', async () => {
    await outage();
    for (const id of ['a', 'b', 'c', 'd']) await pass(id);
    await redis.zadd(DELAYED, 1, 'd');
    await letProbeBeDue();
    expect(await gates.due(100)).toEqual(['d']);
    await gates.forget(PROJECT, 'a');
    expect(await closedGates(redis, prefix)).toMatchObject([{ waiting: 3 }]);
    const longAgo = Date.now() - 60_000;
    await passAs({ id: 'd', wakesAt: Date.now() });
    await passAs({ id: 'b', wakesAt: longAgo });
    await gates.due(100);
    expect(await closedGates(redis, prefix)).toMatchObject([{ waiting: 1 }]);
  });

  it('is shown with what waits for it', async () => {
    await fails('throttled', { retryAfterMs: 9000 });
    await pass('a');
    await pass('b');
    const [gate, ...others] = await closedGates(redis, prefix);
    expect(others).toEqual([]);
    expect(gate).toMatchObject({ project: PROJECT, state: 'throttled', waiting: 2 });
    expect(gate?.probeAt).toBeGreaterThan(gate?.since ?? Infinity);
  });
});
