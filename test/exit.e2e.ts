import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startSimulator } from '../src/simulator/simulator.js';
import type { Simulator } from '../src/simulator/simulator.js';
import { run, stop } from './support/program.js';
import { startTestService } from './support/service.js';

/** Longer than a duplicate of the first signal takes. */
const IMPATIENCE_MS = 400;

/** Sooner than the answer that the running attempt awaits. */
const AT_ONCE_MS = 3500;

describe('a second signal', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
  });
  afterAll(() => simulator.close());

  it('ends the process at once, and another worker finishes the attempt', { timeout: 60_000 }, async () => {
    const service = await startTestService({ ROLES: 'api,documents' }, simulator);
    onTestFinished(() => service.close());
    const impatient = run({ ...service.variables, ROLES: 'worker', LOG_LEVEL: 'info' });
    const call = simulator.createCall({
      streams: [{ name: 'stream' }],
      faults: [{ drop: 'before', latencyMs: 4000 }],
    });
    const { id } = await service.api.create({ callSid: call.sid, streamName: 'stream' });
    await simulator.until(call.sid, ({ updates }) => updates.length === 1);

    const stopping = impatient.logged('stopping');
    impatient.child.kill('SIGTERM');
    await stopping;
    await delay(IMPATIENCE_MS);
    const { exitCode, signal, tookMs } = await stop(impatient, 'SIGINT');
    expect({ exitCode, signal }).toEqual({ exitCode: 130, signal: null });
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
    expect(await (await service.queue.queue.getJob(id))?.getState()).toBe('active');
    await service.queue.abandon(id);

    const { QUEUE_PREFIX, PUBLIC_URL } = service.variables;
    const successor = await startTestService({ ROLES: 'worker', QUEUE_PREFIX, PUBLIC_URL }, simulator);
    onTestFinished(() => successor.close());
    await simulator.until(call.sid, ({ streams }) => streams[0]?.status === 'stopped', 30_000);
    expect(await service.finished(id)).toMatchObject({
      status: 'succeeded',
      attempts: [{ outcome: 'timeout' }, { outcome: 'accepted' }],
    });
  });
});
