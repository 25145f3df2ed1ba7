import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, inject, it, vi } from 'vitest';
import { startTestService } from '../support/service.js';
import { startReceiver } from './fixtures/receiver.js';
import { startCallingService } from './fixtures/service.js';

const STARTS_AGAIN_WITHIN_MS = 30_000;

describe('a worker killed while it delivers a callback', () => {
  it('is replaced by another one, which delivers it', { timeout: 60_000 }, async () => {
    const receiver = await startReceiver([null]);
    const service = await startCallingService([receiver.host], { ROLES: 'api,documents' });
    const { variables, simulator } = service;
    const { id } = await service.request({ callbackUrl: receiver.url });
    const worker = spawn(process.execPath, [`${inject('built')}/main.js`], {
      env: { ...variables, ROLES: 'worker' },
      stdio: 'ignore',
    });
    await receiver.until(1, 20_000);
    worker.kill('SIGKILL');
    await once(worker, 'exit');

    const successor = await startTestService({ ...variables, ROLES: 'worker' }, simulator);
    const [first, second] = await receiver.until(2, STARTS_AGAIN_WITHIN_MS);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
    await vi.waitFor(async () => expect((await service.callbackOf(id)).status).toBe('delivered'), {
      timeout: 5000,
    });
    await successor.close();
    await receiver.close();
    await service.close();
  });
});
