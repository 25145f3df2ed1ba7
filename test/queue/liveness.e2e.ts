import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { ownRedis } from '../demo/fixtures/own-redis.js';
import { run } from '../support/program.js';
import { startTestService, testVariables } from '../support/service.js';
import type { TestService } from '../support/service.js';

const WEDGE = new URL('../support/wedge.mjs', import.meta.url);

/** 20 s of patience, a second to stop, and a busy machine. */
const DEAD_WITHIN_MS = 30_000;

/** Keeps an attempt under way for longer than the whole test. */
const WAITS = { CONFIRMATION_TIMEOUT_MS: '60000', SHUTDOWN_TIMEOUT_MS: '100' };

/** The answers of `/health/live`, until the process has ended. */
async function probes(url: string): Promise<{ status: number; body: unknown }[]> {
  const answers: { status: number; body: unknown }[] = [];
  for (;;) {
    try {
      const response = await fetch(`${url}/health/live`, { headers: { connection: 'close' } });
      answers.push({ status: response.status, body: await response.json() });
    } catch {
      return answers;
    }
  }
}

describe('a worker that asks for no more jobs', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
  });
  afterAll(() => simulator.close());

  async function started(overrides: Record<string, string> = {}): Promise<TestService> {
    const service = await startTestService(overrides, simulator);
    onTestFinished(() => service.close());
    return service;
  }

  async function expectToWork({ api, finished }: TestService): Promise<void> {
    await vi.waitFor(async () => expect((await api.request('/health/ready')).status).toBe(200), 10_000);
    expect((await api.request('/health/live')).status).toBe(200);
    const call = simulator.createCall({ streams: [{ name: 'stream' }] });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream' });
    expect(await finished(id)).toMatchObject({ status: 'succeeded' });
  }

  async function waiting(overrides: Record<string, string> = {}): Promise<TestService> {
    const service = await started({ ...WAITS, ...overrides });
    const call = simulator.createCall({ faults: [{ fetch: 'none' }] });
    await service.api.create({ callSid: call.sid, streamName: 'stream' });
    await simulator.until(call.sid, ({ updates }) => updates.length === 1);
    return service;
  }

  it(
    'ends its process; one that has no jobs, a paused queue, no free slot or no Redis lives on',
    { timeout: 120_000 },
    async () => {
      const redis = await ownRedis({ appendOnly: true });
      const idle = await started();
      const { QUEUE_PREFIX, PUBLIC_URL } = idle.variables;
      const idleToo = await started({ ROLES: 'worker', QUEUE_PREFIX, PUBLIC_URL });
      const busy = await waiting();
      const full = await waiting({ WORKER_CONCURRENCY: '1' });
      const paused = await started();
      await paused.queue.queue.pause();
      const cutOff = await started({ REDIS_URL: redis.url });
      await redis.kill();

      const wedged = run({ ...(await testVariables(simulator)), LOG_LEVEL: 'info' }, WEDGE);
      const { api } = await wedged.logged('started');
      const startedAt = performance.now();
      const [answers, { exitCode, output }] = await Promise.all([probes(String(api)), wedged.end()]);
      expect(performance.now() - startedAt).toBeLessThan(DEAD_WITHIN_MS);
      expect(exitCode).toBe(1);
      expect(output.join('\n')).toMatch(/"level":"fatal".*has asked for no job/);
      expect(answers[0]).toEqual({ status: 200, body: { status: 'ok', dead: [] } });
      expect(answers).toContainEqual({ status: 503, body: { status: 'error', dead: ['worker'] } });

      expect((await fetch(`${idleToo.urls.operations}/health/live`)).status).toBe(200);
      expect((await full.api.request('/health/live')).status).toBe(200);
      await paused.queue.queue.resume();
      await redis.restart();
      for (const service of [idle, busy, paused, cutOff]) await expectToWork(service);
    },
  );
});
