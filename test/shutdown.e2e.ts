import { describe, expect, it, onTestFinished } from 'vitest';
import { untilReady } from '../src/demo/until-ready.js';
import { startTestService } from './support/service.js';

describe('stopping', () => {
  it('lets an attempt under way finish, with its document still served', async () => {
    const service = await startTestService();
    onTestFinished(() => service.close());
    const { simulator, api, urls } = service;
    const call = simulator.createCall({
      streams: [{ name: 'stream' }],
      faults: [{ latencyMs: 200, fetch: { delayMs: 300 } }],
    });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream', then: [{ pause: 600 }] });
    await simulator.until(call.sid, ({ updates }) => updates.length === 1);

    const ready = async () => (await fetch(`${urls.api}/health/ready`)).status;
    expect(await ready()).toBe(200);
    const stopped = service.stop();
    expect(await ready()).toBe(503);
    await stopped;

    expect(simulator.call(call.sid).streams).toMatchObject([{ status: 'stopped' }]);
    const job = await service.queue.queue.getJob(id);
    expect(await job?.getState()).toBe('completed');
    await expect(api.get(id)).rejects.toThrow('fetch failed');
  });

  it('serves both ports for DRAIN_MS, and tells connections to close', async () => {
    const service = await startTestService({ DRAIN_MS: '2000' });
    onTestFinished(() => service.close());
    const { api, urls, simulator } = service;
    await untilReady(`${urls.api}/health/ready`, AbortSignal.timeout(10_000));
    const before = await fetch(`${urls.api}/health/ready`);
    expect([before.status, before.headers.get('connection')]).toEqual([200, 'keep-alive']);

    const started = performance.now();
    const stopped = service.stop();
    const answers = [
      await fetch(`${urls.api}/health/ready`),
      await api.post({ callSid: simulator.createCall().sid, streamName: 'stream' }),
      await fetch(`${urls.documents}/laml/stop-stream?STREAMNAME=stream`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([503, 202, 200]);
    expect(answers.map(({ headers }) => headers.get('connection'))).toEqual(['close', 'close', 'close']);
    await stopped;
    expect(performance.now() - started).toBeGreaterThanOrEqual(1950);
    await expect(fetch(`${urls.api}/health/ready`)).rejects.toThrow('fetch failed');
  });

  it('waits no longer than SHUTDOWN_TIMEOUT_MS and leaves the attempt to the next worker', async () => {
    const service = await startTestService({ SHUTDOWN_TIMEOUT_MS: '200' });
    onTestFinished(() => service.close());
    const { simulator, api } = service;
    const call = simulator.createCall({ streams: [{ name: 'stream' }], faults: [{ fetch: 'none' }] });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream' });
    await simulator.until(call.sid, ({ updates }) => updates.length === 1);

    await service.stop();
    const job = await service.queue.queue.getJob(id);
    expect(await job?.getState()).toBe('active');
  });
});
