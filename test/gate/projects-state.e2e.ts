import { describe, expect, it, vi } from 'vitest';
import type { TestContext } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import type { QueueDepth } from '../../src/operations/queue-depth.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { startTestService } from '../support/service.js';

const SHORT = {
  MAX_ATTEMPTS: '2',
  BACKOFF_BASE_MS: '20',
  BACKOFF_CAP_MS: '50',
  REQUEST_TIMEOUT_MS: '1000',
};

/** A service for one test, because several run at once. */
async function ownProject({ onTestFinished }: TestContext, variables: Record<string, string> = SHORT) {
  const service = await startTestService(variables);
  onTestFinished(() => service.close());

  async function start(
    faults: Fault[] = [],
    request: object = {},
  ): Promise<Cancellation & { callSid: string }> {
    const call = service.simulator.createCall({ streams: [{ name: 'stream' }], faults });
    return service.api.create({ callSid: call.sid, streamName: 'stream', ...request });
  }

  async function projectState() {
    const response = await service.api.request('/queue');
    return ((await response.json()) as QueueDepth).projects[0];
  }

  const projectTurns = (state: object): Promise<void> =>
    vi.waitFor(async () => expect(await projectState()).toMatchObject(state), { timeout: 30_000 });

  return {
    ...service,
    start,
    projectState,
    projectTurns,
    posts: ({ callSid }: { callSid: string }): number => service.simulator.call(callSid).updates.length,
    /** So many calls that one more is one among many. */
    manySucceed: async (): Promise<void> => {
      for (const { id } of await Promise.all(Array.from({ length: 25 }, () => start())))
        await service.finished(id);
    },
    /** Calls that fail until the project counts as unavailable. */
    outage: async (request: object = {}): Promise<Cancellation[]> => {
      const sick = await Promise.all(
        Array.from({ length: 5 }, () => start([{ status: 503, times: 'always' }], request)),
      );
      await projectTurns({ state: 'unavailable' });
      return sick;
    },
  };
}

describe.concurrent('the state of a project', () => {
  it('429: it and the others wait as SignalWire asks, and use up no attempts', async (test) => {
    const { simulator, api, finished, start, posts, projectState, projectTurns } = await ownProject(test);
    const throttled = await start([{ status: 429, code: 20429, headers: { 'retry-after': '2' }, times: 3 }]);
    await simulator.until(throttled.callSid, ({ updates }) => updates.length === 1);
    await projectTurns({ state: 'throttled' });
    const other = await start();
    await projectTurns({ waiting: 2 });
    expect(posts(other)).toBe(0);
    const { createdAt, nextAttemptAt, waitingFor } = await api.get(throttled.id);
    expect(waitingFor).toBe('throttled');
    expect(await api.get(other.id)).toMatchObject({ status: 'queued', waitingFor: 'throttled' });
    // At the end of what SignalWire asked for, long before the try that its deadline forces.
    expect(Date.parse(String(nextAttemptAt)) - Date.parse(createdAt)).toBeLessThan(10_000);

    const end = await finished(throttled.id);
    expect(end).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(end.attempts.map(({ outcome }) => outcome)).toEqual([
      ...Array.from({ length: end.attempts.length - 1 }, () => 'rate_limited'),
      'accepted',
    ]);
    const [first, second] = end.attempts;
    const waited = Date.parse(second?.startedAt ?? '') - Date.parse(first?.startedAt ?? '');
    expect(waited).toBeGreaterThanOrEqual(2000);
    expect(waited).toBeLessThan(5000);
    expect(await finished(other.id)).toMatchObject({
      status: 'succeeded',
      attempts: [{ number: 1 }],
    });
    expect(await projectState()).toMatchObject({ project: 'default', state: 'working', waiting: 0 });
  });

  it('429 to one among many: it waits alone, and the others go on', async (test) => {
    const { simulator, finished, start, projectState, manySucceed } = await ownProject(test);
    await manySucceed();
    const throttled = await start([{ status: 429, code: 20429, headers: { 'retry-after': '2' } }]);
    await simulator.until(throttled.callSid, ({ updates }) => updates.length === 1);
    const other = await finished((await start()).id);
    expect(other).toMatchObject({ status: 'succeeded', attempts: [{ number: 1 }] });
    expect(await projectState()).toMatchObject({ state: 'working', waiting: 0 });

    const { status, attempts, finishedAt } = await finished(throttled.id);
    expect(status).toBe('succeeded');
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['rate_limited', 'accepted']);
    const [first, second] = attempts.map(({ startedAt }) => Date.parse(startedAt));
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(2000);
    expect(Date.parse(String(finishedAt))).toBeGreaterThan(Date.parse(String(other.finishedAt)));
  });

  it('429 to one among many, with no request left in that second: it waits as SignalWire asks', async (test) => {
    const { finished, start, manySucceed } = await ownProject(test, { MAX_REQUESTS_PER_SECOND: '26' });
    await manySucceed();
    const throttled = await start([{ status: 429, code: 20429, headers: { 'retry-after': '3' } }]);
    const { status, attempts } = await finished(throttled.id);
    expect(status).toBe('succeeded');
    const [first, second] = attempts.map(({ startedAt }) => Date.parse(startedAt));
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(3000);
  });

  it('429 that asks one among many to wait beyond its deadline: it still gets a try that can count', async (test) => {
    const { finished, start, manySucceed } = await ownProject(test);
    await manySucceed();
    const fault = { status: 429, code: 20429, headers: { 'retry-after': '60' } };
    const { status, attempts, deadline } = await finished((await start([fault], { deadlineMs: 4000 })).id);
    expect(status).toBe('succeeded');
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['rate_limited', 'accepted']);
    expect(Date.parse(deadline) - Date.parse(attempts[1]?.startedAt ?? '')).toBeLessThanOrEqual(1000);
  });

  it('works again after an outage: all that waited are sent as soon as a document was fetched', async (test) => {
    const { finished, start, projectTurns, outage } = await ownProject(test);
    await outage({ deadlineMs: 5000 });
    const slow: Fault = { fetch: { delayMs: 1000 } };
    const waiting = await Promise.all(Array.from({ length: 12 }, () => start([slow])));
    await projectTurns({ state: 'working' });
    for (const { id } of waiting) {
      const { status, finishedAt, deadline } = await finished(id);
      expect(status).toBe('succeeded');
      // Long before the try that its deadline forces.
      expect(Date.parse(deadline) - Date.parse(String(finishedAt))).toBeGreaterThan(30_000);
    }
  });

  it('401: all wait, the state is shown, and probes go until the credentials work', async (test) => {
    const { api, finished, start, posts, projectTurns } = await ownProject(test);
    const refused = await start([{ status: 401 }]);
    await projectTurns({ state: 'unauthorized' });
    const others = await Promise.all(Array.from({ length: 5 }, () => start()));
    await projectTurns({ waiting: 6 });
    expect(others.map(posts)).toEqual([0, 0, 0, 0, 0]);
    expect(await api.get(refused.id)).toMatchObject({
      status: 'retrying',
      attempts: [{ outcome: 'unauthorized', httpStatus: 401 }],
    });
    const scraped = await (await api.request('/metrics')).text();
    expect(scraped).toContain('streamstop_project_state{project="default",state="unauthorized"} 1');
    expect(scraped).toContain('streamstop_project_waiting_jobs{project="default"} 6');

    for (const { id } of [refused, ...others])
      expect(await finished(id)).toMatchObject({ status: 'succeeded' });
  });

  it('401 until the deadline: it expires without an attempt, and says why', async (test) => {
    const { finished, start, posts, projectTurns } = await ownProject(test);
    await start([{ status: 401, times: 'always' }], { deadlineMs: 4000 });
    await projectTurns({ state: 'unauthorized' });
    const waiting = await start([], { deadlineMs: 1500 });
    expect(await finished(waiting.id)).toMatchObject({
      status: 'expired',
      attempts: [],
      failure: { code: 'unauthorized' },
    });
    expect(posts(waiting)).toBe(0);
  });

  it('an outage: the others wait for a probe to succeed instead of failing one by one', async (test) => {
    const { simulator, finished, start, posts, projectState, projectTurns, outage } = await ownProject(test);
    const sick = await outage();
    const waiting = await start();
    await projectTurns({ waiting: expect.toSatisfy((count: number) => count > 0) as number });
    expect(posts(waiting)).toBe(0);
    for (const { callSid } of sick) simulator.setFaults(callSid, []);
    expect(await finished(waiting.id)).toMatchObject({
      status: 'succeeded',
      attempts: [{ number: 1, outcome: 'accepted' }],
    });
    expect(await projectState()).toMatchObject({ state: 'working' });
  });

  it('an outage: a cancellation near its deadline still gets a try', async (test) => {
    const { finished, start, outage } = await ownProject(test);
    await outage();
    const urgent = await start([{ status: 503, times: 'always' }], { deadlineMs: 1500 });
    const end = await finished(urgent.id);
    expect(end).toMatchObject({ status: 'expired', failure: { code: 'provider_error' } });
    expect(end.attempts.length).toBeGreaterThanOrEqual(1);
    const last = Date.parse(end.attempts.at(-1)?.startedAt ?? '');
    expect(Date.parse(end.deadline) - last).toBeGreaterThan(0);
    expect(Date.parse(end.deadline) - last).toBeLessThanOrEqual(400);
  });

  it('503 with Retry-After: the next attempt is no sooner', async (test) => {
    const { finished, start } = await ownProject(test);
    const { id } = await start([{ status: 503, headers: { 'retry-after': '1' } }]);
    const { status, attempts } = await finished(id);
    const [first, second] = attempts.map(({ startedAt }) => Date.parse(startedAt));
    expect(status).toBe('succeeded');
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1000);
  });
});
