import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import type { CallView } from '../../src/simulator/calls/call-view.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const STAY = [{ pause: 600 }];

const names = (count: number) => Array.from({ length: count }, (_, index) => `stream-${index}`);

/** From each POST to the fetch of its document, or to its refusal. */
function spans({ updates, fetches }: CallView) {
  return updates.map(({ number, at, answeredAt, params, applied, fault }) => {
    // The same cancellations once more have the same link.
    const fetch = applied ? fetches.find(({ url }) => url === params['Url']) : undefined;
    const fetchedAt = fetch?.startedAt ?? null;
    const ends = [answeredAt, fetchedAt].filter((time) => time !== null).map((time) => Date.parse(time));
    return { number, start: Date.parse(at), end: Math.max(...ends), answeredAt, fetchedAt, fault };
  });
}

describe('several cancellations of one call', () => {
  let service: TestService;
  let otherWorker: TestService;

  beforeAll(async () => {
    service = await startTestService({
      MAX_ATTEMPTS: '3',
      BACKOFF_BASE_MS: '20',
      BACKOFF_CAP_MS: '50',
      CONFIRMATION_TIMEOUT_MS: '1000',
    });
    const { QUEUE_PREFIX, PUBLIC_URL } = service.variables;
    otherWorker = await startTestService(
      { ...service.variables, ROLES: 'worker', QUEUE_PREFIX, PUBLIC_URL },
      service.simulator,
    );
  });
  afterAll(async () => {
    await otherWorker.close();
    await service.close();
  });

  async function cancelAll(
    count: number,
    faults: Fault[],
  ): Promise<{ ends: Cancellation[]; call: CallView }> {
    const { simulator, api, finished } = service;
    const call = simulator.createCall({ streams: names(count).map((name) => ({ name })), faults });
    const accepted = await Promise.all(
      names(count).map((streamName) => api.create({ callSid: call.sid, streamName, then: STAY })),
    );
    const ends = await Promise.all(accepted.map(({ id }) => finished(id)));
    return { ends, call: simulator.call(call.sid) };
  }

  it('are sent in two updates at most, each stream in one of them, and each has its own outcome', async () => {
    const { ends, call } = await cancelAll(10, [{ latencyMs: 300 }]);
    for (const end of ends) {
      expect(end).toMatchObject({
        status: 'succeeded',
        evidence: 'document_fetched',
        attempts: [{ number: 1, outcome: 'accepted' }],
      });
    }
    expect(new Set(ends.map(({ id }) => id)).size).toBe(10);
    expect(call.streams.map(({ status }) => status)).toEqual(names(10).map(() => 'stopped'));
    expect(call.status).toBe('in-progress');
    expect(call.updates.length).toBeLessThanOrEqual(2);
    expect(call.fetches.flatMap(({ body }) => body.match(/<Stop>/g))).toHaveLength(10);
  });

  it('never have two updates of the call under way at once', async () => {
    const { call } = await cancelAll(40, [
      { latencyMs: 100 },
      { status: 503, latencyMs: 50 },
      { fetch: { delayMs: 150 } },
      { fetch: 'none' },
    ]);
    const inOrder = spans(call).toSorted((one, other) => one.start - other.start);
    expect(inOrder.length).toBeGreaterThan(3);
    const overlaps = inOrder
      .map((span, index) => [inOrder[index - 1], span] as const)
      .filter(([before, span]) => before !== undefined && span.start < before.end);
    expect(overlaps).toEqual([]);
    expect(call.streams.every(({ status }) => status === 'stopped')).toBe(true);
  });

  it('each list the attempts that others sent for them', async () => {
    const { ends, call } = await cancelAll(5, [{ status: 503, latencyMs: 200, times: 'always' }]);
    for (const { status, failure, attempts } of ends) {
      expect({ status, failure: failure?.code }).toEqual({ status: 'failed', failure: 'provider_error' });
      expect(attempts.map(({ number, outcome }) => [number, outcome])).toEqual(
        [1, 2, 3].map((number) => [number, 'provider_error']),
      );
    }
    // The first one goes alone, so that its attempts and those of the others need not coincide.
    expect(call.updates.length).toBeLessThanOrEqual(6);
  });

  it('all succeed once the call is over', async () => {
    const { simulator, api, finished } = service;
    const call = simulator.createCall({ faults: [{ latencyMs: 300, status: 503 }] });
    const accepted = await Promise.all(
      names(4).map((streamName) => api.create({ callSid: call.sid, streamName })),
    );
    await simulator.until(call.sid, ({ updates }) => updates.length === 1);
    simulator.endCall(call.sid);
    for (const { id } of accepted)
      expect(await finished(id)).toMatchObject({ status: 'succeeded', evidence: 'call_ended' });
    expect(simulator.call(call.sid).updates.length).toBeLessThanOrEqual(3);
  });

  it('have the call do next what the newest one wants', async () => {
    const { simulator, api, finished } = service;
    const call = simulator.createCall({
      streams: names(3).map((name) => ({ name })),
      faults: [{ latencyMs: 300 }],
    });
    const ids: string[] = [];
    for (const streamName of names(3)) {
      const then = [{ say: `after ${streamName}` }, ...STAY];
      ids.push((await api.create({ callSid: call.sid, streamName, then })).id);
    }
    for (const id of ids) await finished(id);
    await simulator.until(call.sid, ({ verbs }) => verbs.at(-1)?.name === 'Pause');
    expect(simulator.call(call.sid).said.at(-1)).toBe('after stream-2');
  });

  it('have the call do next what a request says, not what a newer default says', async () => {
    const { simulator, api, finished } = service;
    const call = simulator.createCall({
      streams: names(3).map((name) => ({ name })),
      faults: [{ latencyMs: 1500 }],
    });
    const create = (body: object) => api.create({ callSid: call.sid, ...body });
    const ids = [(await create({ streamName: 'stream-0', then: STAY })).id];
    await simulator.until(call.sid, ({ updates }) => updates.length === 1);
    const then = [{ say: 'what was asked for' }, ...STAY];
    ids.push((await create({ streamName: 'stream-1', then })).id);
    ids.push((await create({ streamName: 'stream-2' })).id);
    for (const id of ids) expect(await finished(id)).toMatchObject({ status: 'succeeded' });
    const { said } = await simulator.until(call.sid, ({ verbs }) => verbs.at(-1)?.name === 'Pause');
    expect(said).toEqual(['what was asked for']);
    expect(simulator.call(call.sid).updates).toHaveLength(2);
  });
});
