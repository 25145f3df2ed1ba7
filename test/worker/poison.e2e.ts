import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { startTestService } from '../support/service.js';

const STARTS = 3;

const ENDS_WITHIN_MS = 20_000;

const LOST = { outcome: 'timeout', message: 'its worker was lost before the answer was known' };

describe('a cancellation that takes its worker down each time', () => {
  it(`is given up after ${STARTS} starts, and the queue goes on`, { timeout: 120_000 }, async () => {
    const service = await startTestService({ ROLES: 'api,documents', DEADLINE_MS: '3600000' });
    onTestFinished(() => service.close());
    const { simulator, api, variables } = service;
    const poison = simulator.createCall({
      streams: [{ name: 'stream' }],
      faults: Array.from({ length: STARTS }, () => ({ drop: 'before', latencyMs: 500 })),
    });
    const { id } = await api.create({ callSid: poison.sid, streamName: 'stream' });
    const next = simulator.createCall({ streams: [{ name: 'stream' }] });

    for (let start = 1; start <= STARTS; start += 1) {
      const worker = spawn(process.execPath, [`${inject('built')}/main.js`], {
        env: { ...variables, ROLES: 'worker' },
        stdio: 'ignore',
      });
      onTestFinished(() => void worker.kill('SIGKILL'));
      await simulator.until(poison.sid, ({ updates }) => updates.length === start, 2 * ENDS_WITHIN_MS);
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      await service.queue.abandon(id);
    }

    const { QUEUE_PREFIX, PUBLIC_URL } = variables;
    const survivor = await startTestService({ ROLES: 'worker', QUEUE_PREFIX, PUBLIC_URL }, simulator);
    onTestFinished(() => survivor.close());
    const { id: nextId } = await api.create({ callSid: next.sid, streamName: 'stream' });
    expect(await service.finished(nextId)).toMatchObject({ status: 'succeeded' });

    const job = await service.queue.queue.getJob(id);
    await job?.waitUntilFinished(service.queue.events, 2 * ENDS_WITHIN_MS).catch(() => undefined);
    expect(await api.get(id)).toMatchObject({
      status: 'failed',
      failure: { code: 'poisoned' },
      attempts: [LOST, LOST, LOST],
    });
    expect(simulator.call(poison.sid).updates).toHaveLength(STARTS);
  });
});
