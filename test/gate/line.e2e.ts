import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gateKey, waitingKey } from '../../src/gate/gate-keys.js';
import { GateState } from '../../src/gate/gate-state.js';
import type { QueueDepth } from '../../src/operations/queue-depth.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const json = { 'content-type': 'application/json' };
const REQUEST_TIMEOUT_MS = 1000;
const CONFIRMATION_TIMEOUT_MS = 2500;
/** How long the outcome of a probe is awaited before another one goes. */
const PROBE_TIMEOUT_MS = REQUEST_TIMEOUT_MS + 2000;

describe('those that wait for a project', () => {
  let service: TestService;
  let redis: Redis;
  beforeEach(async () => {
    service = await startTestService({
      REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
      CONFIRMATION_TIMEOUT_MS: String(CONFIRMATION_TIMEOUT_MS),
      BACKOFF_CAP_MS: '250',
    });
    redis = new Redis(service.variables.REDIS_URL);
  });
  afterEach(async () => {
    redis.disconnect();
    await service.close();
  });

  const start = (faults: Fault[] = []) => {
    const { sid } = service.simulator.createCall({ streams: [{ name: 'stream' }], faults });
    return service.api.create({ callSid: sid, streamName: 'stream' });
  };

  const change = (path: string, body: object) =>
    service.api.request(path, { method: 'POST', headers: json, body: JSON.stringify(body) });

  const wait = (waiting: number): Promise<void> =>
    vi.waitFor(
      async () => {
        const { projects } = (await (await service.api.request('/queue')).json()) as QueueDepth;
        expect(projects[0]).toMatchObject({ waiting });
      },
      { timeout: 20_000 },
    );

  const line = (): Promise<string[]> =>
    redis.zrange(waitingKey(service.variables.QUEUE_PREFIX, 'default'), 0, '-1');

  /** As several failures do. */
  async function closeGate(retryAfterMs: number | null): Promise<void> {
    const gates = new GateState(redis, service.variables.QUEUE_PREFIX, 0, 0);
    const failure = { callSid: 'another', isProbe: false, isOneEnough: true, retryAfterMs };
    expect(await gates.fail('default', 'unavailable', failure)).toBe('unavailable');
  }

  it('wait for it no longer once they wait for their call, and end with the update of another one', async () => {
    await change('/queue/pause', { project: 'default' });
    const names = ['a', 'b', 'c'];
    const { sid: callSid } = service.simulator.createCall({
      streams: names.map((name) => ({ name })),
      faults: [{ fetch: { delayMs: 1000 } }],
    });
    const all = await Promise.all(names.map((streamName) => service.api.create({ callSid, streamName })));
    await wait(3);
    await change('/queue/resume', { project: 'default' });
    for (const { id } of all)
      expect(await service.finished(id)).toMatchObject({ status: 'succeeded', attempts: [{ number: 1 }] });
    expect(await line()).toEqual([]);
  });

  it('probe it one right after the other, as long as their calls turn out to be over', async () => {
    await closeGate(10_000);
    const all = await Promise.all(Array.from({ length: 4 }, () => start()));
    await wait(4);
    for (const { id, callSid } of all) {
      // As after the loss of its worker in the middle of an attempt.
      const job = await service.queue.queue.getJob(id);
      await job?.updateProgress({ ...(job.progress as object), isCallUnknown: true });
      service.simulator.endCall(callSid);
    }
    const due = Date.now();
    await redis.hset(gateKey(service.variables.QUEUE_PREFIX, 'default'), 'probeAt', due);
    for (const { id } of all) {
      const { evidence, finishedAt } = await service.finished(id);
      expect(evidence).toBe('call_ended');
      expect(Date.parse(String(finishedAt)) - due).toBeLessThan(2 * PROBE_TIMEOUT_MS);
    }
  });

  it('do not take the next probe when a probe has failed, and only its own retry is left', async () => {
    await closeGate(null);
    const { id } = await start([{ latencyMs: 3 * REQUEST_TIMEOUT_MS, drop: 'before' }]);
    const { status, attempts } = await service.finished(id);
    expect(status).toBe('succeeded');
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['timeout', 'accepted']);
    const [first, second] = attempts.map(({ startedAt }) => Date.parse(startedAt));
    const retriedMs = (second ?? 0) - (first ?? 0);
    expect(retriedMs).toBeLessThan(REQUEST_TIMEOUT_MS + CONFIRMATION_TIMEOUT_MS + PROBE_TIMEOUT_MS);
  });
});
