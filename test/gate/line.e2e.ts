import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { waitingKey } from '../../src/gate/gate-keys.js';
import type { QueueDepth } from '../../src/operations/queue-depth.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const json = { 'content-type': 'application/json' };

describe('those that wait for a project', () => {
  let service: TestService;
  beforeEach(async () => {
    service = await startTestService({ BACKOFF_CAP_MS: '250' });
  });
  afterEach(() => service.close());

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

  async function line(): Promise<string[]> {
    const redis = new Redis(service.variables.REDIS_URL);
    try {
      return await redis.zrange(waitingKey(service.variables.QUEUE_PREFIX, 'default'), 0, '-1');
    } finally {
      redis.disconnect();
    }
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

  it('wait for it no longer once they were let through, whatever they waited for when they asked', async () => {
    const start = () => {
      const call = service.simulator.createCall({
        streams: [{ name: 'stream' }],
        faults: [{ fetch: { delayMs: 300 } }],
      });
      return service.api.create({ callSid: call.sid, streamName: 'stream' });
    };
    // Only three go at first, because nothing has shown yet that documents are fetched.
    for (const { id } of await Promise.all(Array.from({ length: 12 }, start)))
      expect(await service.finished(id)).toMatchObject({ status: 'succeeded' });
    expect(await line()).toEqual([]);
  });
});
