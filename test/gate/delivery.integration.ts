import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { closedGates } from '../../src/gate/closed-gates.js';
import { DeliveryState } from '../../src/gate/delivery-state.js';
import { deliveredKey, gateKey, unconfirmedKey } from '../../src/gate/gate-keys.js';
import { GateState } from '../../src/gate/gate-state.js';
import { testProject } from '../projects/fixtures/project.js';

const PROJECT = 'billing';
const PROBE_TIMEOUT_MS = 7000;
const FETCH_TIMEOUT_MS = 60_000;
const LONG_AGO = 1;

describe("the delivery of a project's documents, shared by all workers", () => {
  let redis: Redis;
  let prefix: string;
  let gates: GateState;
  let delivery: DeliveryState;

  beforeEach(() => {
    redis = new Redis(inject('redisUrl'));
    prefix = `{test-${randomUUID()}}`;
    gates = new GateState(redis, prefix, PROBE_TIMEOUT_MS, FETCH_TIMEOUT_MS);
    delivery = new DeliveryState(redis, prefix);
  });
  afterEach(() => redis.disconnect());

  const admit = (unfetchedCall: string | null, isLastTry = false) =>
    gates.admit(testProject(PROJECT), {
      id: `of-${unfetchedCall}`,
      wakesAt: Date.now() + 30_000,
      isLastTry,
      isFresh: true,
      unfetchedCall,
    });

  /** `open`, `proven`: how the call's update is let through; or what it waits for. */
  const ask = async (call: string | null, isLastTry = false): Promise<string> => {
    const answer = await admit(call, isLastTry);
    if ('closed' in answer) return answer.closed;
    return answer.pass.isUnproven ? `${answer.pass.kind}, unproven` : answer.pass.kind;
  };

  const unfetched = (call: string, sentAt = Date.now()) => delivery.unfetched(PROJECT, call, sentAt);

  const close = async () => {
    for (const call of ['a', 'b', 'c']) await unfetched(call);
  };

  const letProbeBeDue = () => redis.hset(gateKey(prefix, PROJECT), 'probeAt', LONG_AGO);

  const stateOf = async () => (await closedGates(redis, prefix))[0]?.state ?? 'working';

  describe('until a fetch proves it', () => {
    it('lets three calls through, and has the others wait', async () => {
      for (const call of ['a', 'b', 'c']) expect(await ask(call)).toBe('open, unproven');
      expect(await ask('d')).toBe('unproven');
      expect(await ask('d', true)).toBe('unproven');
      expect(await gates.due(10, Date.now())).toEqual({ probes: [], released: [] });
    });

    it('keeps watching those that wait, also if the worker is lost that found no place for them', async () => {
      for (const call of ['a', 'b', 'c', 'd']) await ask(call);
      vi.spyOn(redis, 'sadd').mockRejectedValue(new Error('lost'));
      await gates.due(10, Date.now()).catch(() => undefined);
      await delivery.leavePlace(PROJECT, 'a');
      expect((await gates.due(10, Date.now())).released).toEqual(['of-d']);
    });

    it('lets a call through that has one of the places', async () => {
      for (const call of ['a', 'b', 'c', 'a']) expect(await ask(call)).toBe('open, unproven');
    });

    it('lets everyone through who needs no document of ours', async () => {
      for (const call of ['a', 'b', 'c']) await ask(call);
      expect(await ask(null)).toBe('open');
    });

    it('gives the place of a call whose update is over to another, unless it went unfetched', async () => {
      for (const call of ['a', 'b', 'c']) await ask(call);
      await unfetched('a');
      for (const call of ['a', 'b']) await delivery.leavePlace(PROJECT, call);
      expect(await ask('d')).toBe('open, unproven');
      expect(await ask('e')).toBe('unproven');
    });

    it('gives the place of a worker that was lost to another after a while', async () => {
      for (const call of ['a', 'b', 'c']) await ask(call);
      await redis.zadd(unconfirmedKey(prefix, PROJECT), LONG_AGO, 'a');
      expect(await ask('d')).toBe('open, unproven');
    });

    it('then lets all through, and starts those that wait', async () => {
      for (const call of ['a', 'b', 'c', 'd', 'e']) await ask(call);
      expect(await delivery.delivered(PROJECT)).toBeNull();
      expect((await gates.due(10, Date.now())).released.toSorted()).toEqual(['of-d', 'of-e']);
      for (const call of ['d', 'e', 'f', 'g']) expect(await ask(call)).toBe('open');
    });
  });

  it('is not proven any more a while after the last fetch', async () => {
    await delivery.delivered(PROJECT);
    expect(await ask('a')).toBe('open');
    await redis.set(deliveredKey(prefix, PROJECT), Date.now() - 3000);
    expect(await ask('a')).toBe('open, unproven');
  });

  describe('after accepted updates that went unfetched', () => {
    it('stops the project with the third different call', async () => {
      expect(await unfetched('a')).toBe(false);
      expect(await unfetched('b')).toBe(false);
      expect(await unfetched('b')).toBe(false);
      expect(await stateOf()).toBe('working');
      expect(await unfetched('c')).toBe(true);
      expect(await unfetched('d')).toBe(false);
      expect(await stateOf()).toBe('undelivered');
    });

    it('starts to count again after a fetch', async () => {
      await unfetched('a');
      await unfetched('b');
      await delivery.delivered(PROJECT);
      const later = Date.now() + 1000;
      await unfetched('c', later);
      await unfetched('d', later);
      expect(await stateOf()).toBe('working');
    });

    it('does not count an update that was sent before the last fetch', async () => {
      await delivery.delivered(PROJECT);
      for (const call of ['a', 'b', 'c', 'd']) await unfetched(call, Date.now() - 5000);
      expect(await stateOf()).toBe('working');
    });

    it('stops a project that is stopped for another reason, too', async () => {
      await gates.fail(PROJECT, 'throttled', {
        callSid: 'x',
        isProbe: false,
        isOneEnough: true,
        retryAfterMs: null,
      });
      await close();
      expect(await stateOf()).toBe('undelivered');
    });
  });

  describe('of a stopped project', () => {
    beforeEach(close);
    it('has even a last try wait', async () => {
      expect(await ask('d')).toBe('undelivered');
      expect(await ask('d', true)).toBe('undelivered');
    });

    it('lets one probe through in 30 s', async () => {
      const [gate] = await closedGates(redis, prefix);
      expect((gate?.probeAt ?? 0) - (gate?.since ?? 0)).toBe(30_000);
      await letProbeBeDue();
      expect(await ask('d')).toBe('probe, unproven');
      const answer = (await admit('e')) as { closed: string; probeAt: number };
      expect(answer.closed).toBe('undelivered');
      expect(answer.probeAt - Date.now()).toBeGreaterThan(28_000);
    });

    it('lets those through who need no document of ours', async () => {
      expect(await ask(null)).toBe('open');
    });

    it.each(['unauthorized', 'throttled', 'unavailable'] as const)(
      'stays so whatever else fails: %s',
      async (state) => {
        const failure = { callSid: 'x', isProbe: true, isOneEnough: true, retryAfterMs: null };
        expect(await gates.fail(PROJECT, state, failure)).toBeNull();
        expect(await stateOf()).toBe('undelivered');
      },
    );

    it('stays so when SignalWire accepts the probe', async () => {
      const pass = { kind: 'probe', state: 'undelivered', isUnproven: true } as const;
      expect(await gates.succeed(PROJECT, pass)).toBeNull();
      expect(await stateOf()).toBe('undelivered');
    });

    it('lets all through once a document is fetched', async () => {
      expect(await delivery.delivered(PROJECT)).toBe('undelivered');
      for (const call of ['d', 'e', 'f', 'g']) expect(await ask(call)).toBe('open');
    });

    it('is told from one with refused credentials, which is probed at once and stays closed', async () => {
      await delivery.delivered(PROJECT);
      const failure = { callSid: 'x', isProbe: false, isOneEnough: true, retryAfterMs: null };
      await gates.fail(PROJECT, 'unauthorized', failure);
      expect(await ask('d')).toBe('unauthorized');
      expect(await delivery.reopen(PROJECT, ['undelivered'])).toBeNull();
      expect(await ask('d')).toBe('unauthorized');
      expect(await delivery.reopen(PROJECT, ['undelivered', 'unauthorized'])).toBe('unauthorized');
      expect(await stateOf()).toBe('unauthorized');
      expect(await ask('d')).toBe('probe');
    });

    it('lets one call through once somebody opens it, and stops again if that goes unfetched', async () => {
      expect(await delivery.reopen(PROJECT, ['unauthorized'])).toBeNull();
      expect(await delivery.reopen(PROJECT, ['undelivered', 'unauthorized'])).toBe('undelivered');
      expect(await stateOf()).toBe('working');
      expect(await ask('d')).toBe('open, unproven');
      expect(await ask('e')).toBe('unproven');
      expect(await unfetched('d')).toBe(true);
      expect(await stateOf()).toBe('undelivered');
    });
  });
});
