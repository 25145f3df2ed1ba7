import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const STARTS_AGAIN_WITHIN_MS = 20_000;

describe('a worker killed during its POST', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ ROLES: 'api,documents' });
  });
  afterAll(() => service.close());

  /** Runs a worker in its own process, and kills it as soon as SignalWire has its POST. */
  async function sendAndKill(callSid: string): Promise<void> {
    const worker = spawn(process.execPath, [`${inject('built')}/main.js`], {
      env: { ...service.variables, ROLES: 'worker' },
      stdio: 'ignore',
    });
    await service.simulator.until(callSid, ({ updates }) => updates.length === 1);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  }

  it('is replaced by another one within 20 s, and its attempt is kept', { timeout: 60_000 }, async () => {
    const { simulator, api, finished, variables } = service;
    const call = simulator.createCall({
      streams: [{ name: 'stream' }],
      faults: [{ drop: 'before', latencyMs: 500 }],
    });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream' });
    await sendAndKill(call.sid);
    const killed = Date.now();

    const { QUEUE_PREFIX, PUBLIC_URL } = variables;
    const successor = await startTestService({ ROLES: 'worker', QUEUE_PREFIX, PUBLIC_URL }, simulator);
    await simulator.until(call.sid, ({ updates }) => updates.length === 2, 30_000);
    expect(Date.now() - killed).toBeLessThan(STARTS_AGAIN_WITHIN_MS);
    expect(await finished(id)).toMatchObject({
      status: 'succeeded',
      evidence: 'document_fetched',
      attempts: [
        { number: 1, outcome: 'timeout', message: 'its worker was lost before the answer was known' },
        { number: 2, outcome: 'accepted' },
      ],
    });
    await successor.close();
  });
});
