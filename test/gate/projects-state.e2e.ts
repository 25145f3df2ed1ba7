import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import type { QueueDepth } from '../../src/operations/queue-depth.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

describe('the state of a project', () => {
  let service: TestService;
  beforeEach(async () => {
    service = await startTestService({
      MAX_ATTEMPTS: '2',
      BACKOFF_BASE_MS: '20',
      BACKOFF_CAP_MS: '50',
      REQUEST_TIMEOUT_MS: '1000',
    });
  });
  afterEach(() => service.close());

  async function start(
    faults: Fault[] = [],
    request: object = {},
  ): Promise<Cancellation & { callSid: string }> {
    const call = service.simulator.createCall({ streams: [{ name: 'stream' }], faults });
    return service.api.create({ callSid: call.sid, streamName: 'stream', ...request });
  }

  const posts = ({ callSid }: { callSid: string }): number => service.simulator.call(callSid).updates.length;

  async function projectState() {
    const response = await service.api.request('/queue');
    return ((await response.json()) as QueueDepth).projects[0];
  }

  const projectTurns = (state: object): Promise<void> =>
    vi.waitFor(async () => expect(await projectState()).toMatchObject(state), { timeout: 30_000 });

  /** Calls that fail until the project counts as unavailable. */
  async function outage(request: object = {}): Promise<Cancellation[]> {
    const sick = await Promise.all(
      Array.from({ length: 5 }, () => start([{ status: 503, times: 'always' }], request)),
    );
    await projectTurns({ state: 'unavailable' });
    return sick;
  }

  it('429: it and the others wait as SignalWire asks, and use up no attempts', async () => {
    const throttled = await start([{ status: 429, code: 20429, headers: { 'retry-after': '2' }, times: 3 }]);
    await service.simulator.until(throttled.callSid, ({ updates }) => updates.length === 1);
    await projectTurns({ state: 'throttled' });
    const other = await start();
    await projectTurns({ waiting: 2 });
    expect(posts(other)).toBe(0);
    const { createdAt, nextAttemptAt } = await service.api.get(throttled.id);
    // At the end of what SignalWire asked for, long before the try that its deadline forces.
    expect(Date.parse(String(nextAttemptAt)) - Date.parse(createdAt)).toBeLessThan(10_000);

    const end = await service.finished(throttled.id);
    expect(end).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(end.attempts.map(({ outcome }) => outcome)).toEqual([
      ...Array.from({ length: end.attempts.length - 1 }, () => 'rate_limited'),
      'accepted',
    ]);
    const [first, second] = end.attempts;
    const waited = Date.parse(second?.startedAt ?? '') - Date.parse(first?.startedAt ?? '');
    expect(waited).toBeGreaterThanOrEqual(2000);
    expect(waited).toBeLessThan(5000);
    expect(await service.finished(other.id)).toMatchObject({
      status: 'succeeded',
      attempts: [{ number: 1 }],
    });
    expect(await projectState()).toMatchObject({ project: 'default', state: 'working', waiting: 0 });
  });

  it('429 to one among many: it waits alone, and the others go on', async () => {
    for (const { id } of await Promise.all(Array.from({ length: 25 }, () => start())))
      await service.finished(id);
    const throttled = await start([{ status: 429, code: 20429, headers: { 'retry-after': '2' } }]);
    await service.simulator.until(throttled.callSid, ({ updates }) => updates.length === 1);
    const other = await service.finished((await start()).id);
    expect(other).toMatchObject({ status: 'succeeded', attempts: [{ number: 1 }] });
    expect(await projectState()).toMatchObject({ state: 'working', waiting: 0 });

    const { status, attempts, finishedAt } = await service.finished(throttled.id);
    expect(status).toBe('succeeded');
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['rate_limited', 'accepted']);
    const [first, second] = attempts.map(({ startedAt }) => Date.parse(startedAt));
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(2000);
    expect(Date.parse(String(finishedAt))).toBeGreaterThan(Date.parse(String(other.finishedAt)));
  });

  it('429 to one among many, with no request left in that second: it waits as SignalWire asks', async () => {
    await service.close();
    service = await startTestService({ MAX_REQUESTS_PER_SECOND: '26' });
    const others = await Promise.all(Array.from({ length: 25 }, () => start()));
    for (const { id } of others) await service.finished(id);
    const throttled = await start([{ status: 429, code: 20429, headers: { 'retry-after': '3' } }]);
    const { status, attempts } = await service.finished(throttled.id);
    expect(status).toBe('succeeded');
    const [first, second] = attempts.map(({ startedAt }) => Date.parse(startedAt));
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(3000);
  });

  it('429 that asks one among many to wait beyond its deadline: it still gets a try that can count', async () => {
    for (const { id } of await Promise.all(Array.from({ length: 25 }, () => start())))
      await service.finished(id);
    const fault = { status: 429, code: 20429, headers: { 'retry-after': '60' } };
    const { status, attempts, deadline } = await service.finished(
      (await start([fault], { deadlineMs: 4000 })).id,
    );
    expect(status).toBe('succeeded');
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['rate_limited', 'accepted']);
    expect(Date.parse(deadline) - Date.parse(attempts[1]?.startedAt ?? '')).toBeLessThanOrEqual(1000);
  });

  it('works again after an outage: all that waited are sent as soon as a document was fetched', async () => {
    await outage({ deadlineMs: 5000 });
    const slow: Fault = { fetch: { delayMs: 1000 } };
    const waiting = await Promise.all(Array.from({ length: 12 }, () => start([slow])));
    await projectTurns({ state: 'working' });
    for (const { id } of waiting) {
      const { status, finishedAt, deadline } = await service.finished(id);
      expect(status).toBe('succeeded');
      // Long before the try that its deadline forces.
      expect(Date.parse(deadline) - Date.parse(String(finishedAt))).toBeGreaterThan(30_000);
    }
  });

  it('401: all wait, the state is shown, and probes go until the credentials work', async () => {
    const refused = await start([{ status: 401 }]);
    await projectTurns({ state: 'unauthorized' });
    const others = await Promise.all(Array.from({ length: 5 }, () => start()));
    await projectTurns({ waiting: 6 });
    expect(others.map(posts)).toEqual([0, 0, 0, 0, 0]);
    expect(await service.api.get(refused.id)).toMatchObject({
      status: 'retrying',
      attempts: [{ outcome: 'unauthorized', httpStatus: 401 }],
    });
    const scraped = await (await service.api.request('/metrics')).text();
    expect(scraped).toContain('streamstop_project_state{project="default",state="unauthorized"} 1');
    expect(scraped).toContain('streamstop_project_waiting_jobs{project="default"} 6');

    for (const { id } of [refused, ...others])
      expect(await service.finished(id)).toMatchObject({ status: 'succeeded' });
  });

  it('401 until the deadline: it expires without an attempt, and says why', async () => {
    await start([{ status: 401, times: 'always' }], { deadlineMs: 4000 });
    await projectTurns({ state: 'unauthorized' });
    const waiting = await start([], { deadlineMs: 1500 });
    expect(await service.finished(waiting.id)).toMatchObject({
      status: 'expired',
      attempts: [],
      failure: { code: 'unauthorized' },
    });
    expect(posts(waiting)).toBe(0);
  });

  it('an outage: the others wait for a probe to succeed instead of failing one by one', async () => {
    const sick = await outage();
    const waiting = await start();
    await projectTurns({ waiting: expect.toSatisfy((count: number) => count > 0) as number });
    expect(posts(waiting)).toBe(0);
    for (const { callSid } of sick) service.simulator.setFaults(callSid, []);
    expect(await service.finished(waiting.id)).toMatchObject({
      status: 'succeeded',
      attempts: [{ number: 1, outcome: 'accepted' }],
    });
    expect(await projectState()).toMatchObject({ state: 'working' });
  });

  it('an outage: a cancellation near its deadline still gets a try', async () => {
    await outage();
    const urgent = await start([{ status: 503, times: 'always' }], { deadlineMs: 1500 });
    const end = await service.finished(urgent.id);
    expect(end).toMatchObject({ status: 'expired', failure: { code: 'provider_error' } });
    expect(end.attempts.length).toBeGreaterThanOrEqual(1);
    const last = Date.parse(end.attempts.at(-1)?.startedAt ?? '');
    expect(Date.parse(end.deadline) - last).toBeGreaterThan(0);
    expect(Date.parse(end.deadline) - last).toBeLessThanOrEqual(400);
  });

  it('503 with Retry-After: the next attempt is no sooner', async () => {
    const { id } = await start([{ status: 503, headers: { 'retry-after': '1' } }]);
    const { status, attempts } = await service.finished(id);
    const [first, second] = attempts.map(({ startedAt }) => Date.parse(startedAt));
    expect(status).toBe('succeeded');
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1000);
  });
});
