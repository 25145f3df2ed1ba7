import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { closedGates } from '../../src/gate/closed-gates.js';
import { DeliveryState } from '../../src/gate/delivery-state.js';
import { GateState } from '../../src/gate/gate-state.js';
import type { Applicant, FailedState, Pass } from '../../src/gate/gate-state.js';
import { testProject } from '../projects/fixtures/project.js';

const PROBE_TIMEOUT_MS = 60_000;
const FETCH_TIMEOUT_MS = 60_000;
const PROJECT = 'billing';

const OPEN: Pass = { kind: 'open', hadFailures: false, isUnproven: false };
const PROBE: Pass = { kind: 'probe', state: 'unavailable', isUnproven: false };
const LAST_TRY: Pass = { kind: 'last_try', state: 'unavailable', isUnproven: false };

const NOBODY = { probes: [], released: [] };

describe("a project's gate, shared by all workers", () => {
  let redis: Redis;
  let prefix: string;
  let gates: GateState;
  let otherWorker: GateState;

  beforeEach(() => {
    redis = new Redis(inject('redisUrl'));
    prefix = `{test-${randomUUID()}}`;
    gates = new GateState(redis, prefix, PROBE_TIMEOUT_MS, FETCH_TIMEOUT_MS);
    otherWorker = new GateState(redis, prefix, PROBE_TIMEOUT_MS, FETCH_TIMEOUT_MS);
  });
  afterEach(() => redis.disconnect());

  const passAs = async (applicant: Partial<Applicant>, name = PROJECT, worker = gates) => {
    const usual = {
      id: 'a',
      wakesAt: Date.now() + 30_000,
      isLastTry: false,
      isFresh: true,
      unfetchedCall: null,
    };
    const answer = await worker.admit(testProject(name), { ...usual, ...applicant });
    return 'pass' in answer ? answer.pass : answer;
  };
  const pass = (id: string, isLastTry = false, name = PROJECT) => passAs({ id, isLastTry }, name);

  const fails = (
    state: FailedState,
    given: { callSid?: string; isProbe?: boolean; isOneEnough?: boolean; retryAfterMs?: number } = {},
  ) =>
    gates.fail(PROJECT, state, {
      callSid: given.callSid ?? 'call',
      isProbe: given.isProbe ?? false,
      isOneEnough: given.isOneEnough ?? state !== 'unavailable',
      retryAfterMs: given.retryAfterMs ?? null,
    });

  const outage = async () => {
    for (let call = 1; call <= 5; call += 1) await fails('unavailable', { callSid: `call-${call}` });
  };

  it("keeps its state where a refusal that may be a proxy's comes on top", async () => {
    await fails('throttled');
    expect(await fails('unauthorized', { isOneEnough: false })).toBeNull();
    expect(await fails('unauthorized', { isOneEnough: false, isProbe: true })).toBeNull();
    expect(await fails('unauthorized')).toBe('unauthorized');
  });

  /** As if the wait for the next probe were over. */
  const letProbeBeDue = () => redis.hset(`${prefix}:gate:${PROJECT}`, 'probeAt', 1);

  it('is open at first', async () => {
    expect(await pass('a')).toEqual(OPEN);
    expect(await closedGates(redis, prefix)).toEqual([]);
  });

  it.each<FailedState>(['throttled', 'unauthorized'])(
    'closes for all workers with the first sign of %s',
    async (state) => {
      expect(await fails(state)).toBe(state);
      expect(await fails(state)).toBeNull();
      expect(await passAs({}, PROJECT, otherWorker)).toMatchObject({ closed: state });
      expect(await pass('b', false, 'another project')).toMatchObject({ kind: 'open' });
    },
  );

  it('closes for an outage only after failures of five different calls', async () => {
    for (let failure = 0; failure < 20; failure += 1)
      await fails('unavailable', { callSid: 'one sick call' });
    expect(await pass('a')).toEqual({ ...OPEN, hadFailures: true });
    for (const callSid of ['2', '3', '4']) expect(await fails('unavailable', { callSid })).toBeNull();
    expect(await fails('unavailable', { callSid: '5' })).toBe('unavailable');
    expect(await pass('a')).toMatchObject({ closed: 'unavailable' });
  });

  it('forgets a run of failures at the first success', async () => {
    for (const callSid of ['1', '2', '3', '4']) await fails('unavailable', { callSid });
    expect(await gates.succeed(PROJECT, OPEN)).toBeNull();
    expect(await fails('unavailable', { callSid: '5' })).toBeNull();
    expect(await pass('a')).toMatchObject({ kind: 'open' });
  });

  it('opens when a probe succeeds, and says which state has ended', async () => {
    await outage();
    expect(await gates.succeed(PROJECT, PROBE)).toBe('unavailable');
    expect(await pass('a')).toEqual(OPEN);
  });

  it.each<[FailedState, Pass]>([
    ['throttled', OPEN],
    ['throttled', LAST_TRY],
    ['unauthorized', OPEN],
    ['unavailable', OPEN],
  ])('stays %s when a request succeeds that was let through as %j', async (state, passedAs) => {
    await outage();
    await fails(state);
    expect(await gates.succeed(PROJECT, passedAs)).toBeNull();
    expect(await pass('a')).toMatchObject({ closed: state });
  });

  it('opens after an outage when a last try succeeds', async () => {
    await outage();
    expect(await gates.succeed(PROJECT, LAST_TRY)).toBe('unavailable');
  });

  it('stays throttled for as long as SignalWire asks, whatever else fails meanwhile', async () => {
    await fails('throttled', { retryAfterMs: 20_000 });
    const before = (await pass('a')) as { probeAt: number };
    await outage();
    expect(await pass('a')).toEqual({ closed: 'throttled', probeAt: before.probeAt });
  });

  it.each<[FailedState, number]>([
    ['throttled', 60_000],
    ['unauthorized', 60_000],
  ])('waits a minute at most where SignalWire asks for a day: %s', async (state, longest) => {
    await fails(state, { retryAfterMs: 86_400_000 });
    const { probeAt } = (await pass('a')) as { probeAt: number };
    expect(probeAt - Date.now()).toBeLessThanOrEqual(longest);
    expect(probeAt - Date.now()).toBeGreaterThan(longest - 5000);
  });

  it('keeps to the longest wait that SignalWire asked for', async () => {
    const before = Date.now();
    await fails('throttled', { retryAfterMs: 20_000 });
    await fails('throttled', { retryAfterMs: 5000 });
    const closed = await pass('a');
    expect(closed).toMatchObject({ closed: expect.any(String) as string });
    const { probeAt } = closed as { probeAt: number };
    expect(probeAt).toBeGreaterThanOrEqual(before + 20_000);
    expect(probeAt).toBeLessThan(Date.now() + 21_000);
  });

  it('lets one through as a probe once its time has come, and no other until that is decided', async () => {
    await outage();
    expect(await pass('a')).toMatchObject({ closed: expect.any(String) as string });
    await letProbeBeDue();
    expect(await pass('a')).toEqual({ kind: 'probe', state: 'unavailable', isUnproven: false });
    expect(await pass('b')).toMatchObject({ closed: expect.any(String) as string });
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
    expect(await pass('a', true)).toEqual({ kind: 'last_try', state: 'unavailable', isUnproven: false });
    await fails('unauthorized', { isProbe: true });
    expect(await pass('a', true)).toMatchObject({ closed: 'unauthorized' });
  });

  it('still counts its credentials as refused when an older request fails otherwise', async () => {
    await fails('unauthorized');
    await outage();
    await fails('throttled');
    expect(await pass('a')).toMatchObject({ closed: 'unauthorized' });
  });

  it('has some of those that wait start when a probe is due, and all of them once it has opened', async () => {
    await outage();
    const ids = ['a', 'b', 'c'];
    for (const id of ids) await pass(id);
    expect(await gates.due(100, Date.now())).toEqual(NOBODY);

    await letProbeBeDue();
    const { probes, released } = await gates.due(100, Date.now());
    expect(probes.map((candidates) => candidates.toSorted())).toEqual([ids]);
    expect(released).toEqual([]);

    expect(await pass('b')).toMatchObject({ kind: 'probe' });
    await gates.succeed(PROJECT, PROBE);
    expect(await gates.due(100, Date.now())).toEqual({ probes: [], released: ['a', 'c'] });
    for (const id of ['a', 'c']) expect(await pass(id)).toMatchObject({ kind: 'open' });
    expect(await gates.due(100, Date.now())).toEqual(NOBODY);
  });

  it('lets another one probe at once if the probe was not sent, unless it is closed for something else by now', async () => {
    await outage();
    for (const id of ['a', 'b']) await pass(id);
    await letProbeBeDue();
    expect(await pass('a')).toMatchObject({ kind: 'probe' });
    expect(await pass('b')).toMatchObject({ closed: 'unavailable' });
    await gates.probeAgain(PROJECT, 'unavailable');
    expect((await gates.due(100, Date.now())).probes).toEqual([['b']]);
    expect(await pass('b')).toMatchObject({ kind: 'probe' });

    await fails('throttled', { retryAfterMs: 9000 });
    await gates.probeAgain(PROJECT, 'unavailable');
    expect(await pass('a')).toMatchObject({ closed: 'throttled' });
  });

  it('has those start that need no document, once only the fetch of documents keeps the project closed', async () => {
    await outage();
    await pass('by-sid');
    for (const id of ['a', 'b']) await passAs({ id, unfetchedCall: id });
    const delivery = new DeliveryState(redis, prefix);
    for (const call of ['x', 'y', 'z']) await delivery.unfetched(PROJECT, call, Date.now());
    expect(await gates.due(100, Date.now())).toEqual({ probes: [], released: ['by-sid'] });
    expect(await pass('by-sid')).toMatchObject({ kind: 'open' });
    expect(await gates.due(100, Date.now())).toEqual(NOBODY);
  });

  it('names one that waits again and again until it is let through', async () => {
    await outage();
    await pass('a');
    await gates.succeed(PROJECT, PROBE);
    for (let look = 0; look < 2; look += 1)
      expect(await gates.due(100, Date.now())).toEqual({ probes: [], released: ['a'] });
  });

  it('has no more start at once than asked for, those first that would start first', async () => {
    await outage();
    const wakesAt = Date.now() + 30_000;
    for (const [index, id] of ['c', 'a', 'b'].entries()) await passAs({ id, wakesAt: wakesAt + index });
    await gates.succeed(PROJECT, PROBE);
    expect((await gates.due(2, Date.now())).released).toEqual(['c', 'a']);
  });

  it('forgets those that have ended, and those that started by themselves long ago', async () => {
    await outage();
    for (const id of ['a', 'b']) await pass(id);
    await passAs({ id: 'c', wakesAt: Date.now() - 60_000 });
    expect(await closedGates(redis, prefix)).toMatchObject([{ waiting: 3 }]);
    await gates.forget(PROJECT, 'a');
    await gates.due(100, Date.now());
    expect(await closedGates(redis, prefix)).toMatchObject([{ waiting: 1 }]);
  });

  it('shows how many wait for it', async () => {
    await fails('throttled', { retryAfterMs: 9000 });
    await pass('a');
    await pass('b');
    const [gate, ...others] = await closedGates(redis, prefix);
    expect(others).toEqual([]);
    expect(gate).toMatchObject({ project: PROJECT, state: 'throttled', waiting: 2 });
    expect(gate?.probeAt).toBeGreaterThan(gate?.since ?? Infinity);
  });
});
