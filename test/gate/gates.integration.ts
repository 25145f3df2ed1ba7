import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Attempt } from '../../src/cancellation/record.js';
import { gateKey } from '../../src/gate/gate-keys.js';
import type { Pass } from '../../src/gate/gate-state.js';
import { Gates } from '../../src/gate/gates.js';
import type { GateAnswer, GateReport } from '../../src/gate/gates.js';
import { testAttempt, testRecord } from '../cancellation/fixtures/cancellation.js';
import { testProject } from '../projects/fixtures/project.js';
import { freshData, workerParts } from '../queue/fixtures/worker-parts.js';
import type { WorkerParts } from '../queue/fixtures/worker-parts.js';

const PROJECT = testProject('default');

/** Let through at a time when nothing had failed. */
const OPEN: Pass = { kind: 'open', hadFailures: false, isUnproven: false };
const PROBE: Pass = { kind: 'probe', state: 'unavailable', isUnproven: false };

type Outcome = Attempt['outcome'];

const times = (count: number, outcome: Outcome): Outcome[] => Array.from({ length: count }, () => outcome);

describe("a project's gate", () => {
  let parts: WorkerParts;
  let gates: Gates;

  beforeEach(async () => {
    parts = await workerParts();
    gates = new Gates(parts.connection, parts.environment, parts.clock);
  });
  afterEach(() => parts.close());

  const learn = (outcome: Outcome, fields: Partial<GateReport> = {}) =>
    gates.learn(PROJECT, {
      callSid: randomUUID(),
      pass: OPEN,
      outcome,
      httpStatus: null,
      providerCode: null,
      message: null,
      retryAfterMs: null,
      ...fields,
    });

  /** Each of another call. */
  async function come(...outcomes: Outcome[]): Promise<void> {
    for (const outcome of outcomes) await learn(outcome);
  }

  const ask = (data = freshData(), isFresh = true, project = PROJECT): Promise<GateAnswer> =>
    gates.ask(
      project,
      {
        id: randomUUID(),
        data,
        record: testRecord({ attempts: isFresh ? [] : [testAttempt()] }),
      },
      false,
    );

  const stateOf = async () => {
    const answer = await ask();
    return 'waitFor' in answer ? answer.waitFor : 'working';
  };

  describe('by what attempts came to', () => {
    it('stays open where each failure is followed by an accepted request', async () => {
      for (let failure = 0; failure < 10; failure += 1) await come('provider_error', 'accepted');
      expect(await stateOf()).toBe('working');
    });

    it.each<[Outcome, number]>([
      ['unauthorized', 401],
      ['unauthorized', 403],
      ['invalid_response', 403],
    ])(
      'stays open after %s with status %i and no code, until five calls in a row have it',
      async (outcome, httpStatus) => {
        for (let call = 1; call <= 4; call += 1) await learn(outcome, { httpStatus });
        expect(await stateOf()).toBe('working');
        await learn(outcome, { httpStatus });
        expect(await stateOf()).toBe('unauthorized');
      },
    );

    it('stays open after a 401 with a code that is not known, until five calls in a row have it', async () => {
      const unknown = { httpStatus: 401, providerCode: '0' };
      for (let call = 1; call <= 4; call += 1) await learn('unauthorized', unknown);
      expect(await stateOf()).toBe('working');
      await learn('unauthorized', unknown);
      expect(await stateOf()).toBe('unauthorized');
    });

    it("closes at once after a refusal with SignalWire's code", async () => {
      await learn('unauthorized', { httpStatus: 401, providerCode: '20003' });
      expect(await stateOf()).toBe('unauthorized');
    });

    it.each<Outcome>(['provider_error', 'timeout', 'unreachable'])(
      'closes for an outage after five calls in a row failed with %s',
      async (outcome) => {
        await come('accepted', ...times(4, outcome));
        expect(await stateOf()).toBe('working');
        await come(outcome);
        expect(await stateOf()).toBe('unavailable');
      },
    );

    it('stays open for a few throttled requests among many, and closes for the next', async () => {
      await come(...times(25, 'accepted'), 'rate_limited', ...times(25, 'accepted'), 'rate_limited');
      expect(await stateOf()).toBe('working');
      await come('rate_limited');
      expect(await stateOf()).toBe('throttled');
    });

    it('closes at the first sign of refused credentials', async () => {
      await come(...times(30, 'accepted'), 'unauthorized');
      expect(await stateOf()).toBe('unauthorized');
    });

    it.each<Outcome>(['rejected', 'call_not_found', 'invalid_response'])(
      'does not close for %s, however often',
      async (outcome) => {
        await come(...times(20, outcome));
        expect(await stateOf()).toBe('working');
      },
    );

    it.each<Outcome>(['accepted', 'rejected', 'call_not_found'])(
      'opens after an outage when a probe comes to %s',
      async (outcome) => {
        await come(...times(5, 'timeout'));
        expect(await learn(outcome, { pass: PROBE })).toBe(true);
        expect(await stateOf()).toBe('working');
      },
    );

    it('stays closed after a probe whose answer was garbage', async () => {
      await come(...times(5, 'timeout'));
      expect(await learn('invalid_response', { pass: PROBE })).toBe(false);
      expect(await stateOf()).toBe('unavailable');
    });
  });

  describe('for a cancellation', () => {
    it('that it keeps back is to start for its last try, or when the next probe is due', async () => {
      await learn('rate_limited', { retryAfterMs: 5000 });
      const answer = await ask();
      expect(answer).toMatchObject({ waitFor: 'throttled' });
      const { afterMs, expectedInMs } = answer as Exclude<GateAnswer, { pass: Pass }>;
      expect(afterMs).toBeGreaterThan(58_000);
      expect(afterMs).toBeLessThanOrEqual(59_000);
      expect(expectedInMs).toBeGreaterThan(4000);
      expect(expectedInMs).toBeLessThanOrEqual(5000);
    });

    it('in its last second lets it through in an outage', async () => {
      await come(...times(5, 'timeout'));
      const data = freshData();
      vi.spyOn(parts.clock, 'now').mockReturnValue(data.deadline - 999);
      expect(await ask(data)).toEqual({
        pass: { kind: 'last_try', state: 'unavailable', isUnproven: false },
      });
    });

    it('lets a probe through even if the requests of the second are used up', async () => {
      const slow = testProject('default', { maxRequestsPerSecond: 1 });
      await ask(freshData(), true, slow);
      await come('unauthorized');
      await parts.redis.hset(gateKey(parts.prefix, 'default'), 'probeAt', 1);
      expect(await ask(freshData(), true, slow)).toMatchObject({ pass: { kind: 'probe' } });
    });

    it('has it wait for its turn once the requests of the second are used up', async () => {
      const slow = testProject('default', { maxRequestsPerSecond: 1 });
      expect(await ask(freshData(), true, slow)).toEqual({ pass: OPEN });
      const answer = await ask(freshData(), true, slow);
      expect(answer).toMatchObject({ waitFor: 'rate' });
      expect((answer as { afterMs: number }).afterMs).toBeLessThanOrEqual(1000);
    });
  });
});
