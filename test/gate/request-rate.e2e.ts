import { afterEach, describe, expect, it, vi } from 'vitest';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

describe('the rate at which cancellations are sent', () => {
  const services: TestService[] = [];
  afterEach(async () => {
    for (const service of services.splice(0).toReversed()) await service.close();
  });

  it('is at most MAX_REQUESTS_PER_SECOND over all workers, and all get their turn', async () => {
    const service = await startTestService({ MAX_REQUESTS_PER_SECOND: '5' });
    const { QUEUE_PREFIX, PUBLIC_URL, MAX_REQUESTS_PER_SECOND } = {
      ...service.variables,
      MAX_REQUESTS_PER_SECOND: '5',
    };
    const other = await startTestService(
      { ROLES: 'worker', QUEUE_PREFIX, PUBLIC_URL, MAX_REQUESTS_PER_SECOND },
      service.simulator,
    );
    services.push(service, other);
    const { simulator, api, finished } = service;
    const calls = Array.from({ length: 15 }, () => simulator.createCall({ streams: [{ name: 'stream' }] }));
    const accepted = await Promise.all(
      calls.map(({ sid }) => api.create({ callSid: sid, streamName: 'stream' })),
    );
    for (const { id } of accepted)
      expect(await finished(id)).toMatchObject({ status: 'succeeded', attempts: [{ number: 1 }] });
    const times = calls
      .flatMap(({ sid }) => simulator.call(sid).updates.map(({ at }) => Date.parse(at)))
      .toSorted((a, b) => a - b);
    // A window's allowance may be used at its end and the next one's at its start.
    for (const [index, time] of times.entries())
      expect((times[index + 10] ?? Infinity) - time).toBeGreaterThan(900);
  });

  it('leaves a request for the update where the call must be read first, and only one per second is allowed', async () => {
    const service = await startTestService({ MAX_REQUESTS_PER_SECOND: '1' });
    services.push(service);
    const { simulator, api, finished, queue } = service;
    const change = (path: string) =>
      api.request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    await change('/queue/pause');
    const { sid: callSid } = simulator.createCall({ streams: [{ name: 'stream' }] });
    const { id } = await api.create({ callSid, streamName: 'stream', deadlineMs: 15_000 });
    const job = await vi.waitFor(
      async () => {
        const found = await queue.queue.getJob(id);
        expect(found?.progress).toMatchObject({ waitingFor: 'paused' });
        return found;
      },
      { timeout: 10_000 },
    );
    // As after the loss of its worker in the middle of an attempt.
    await job?.updateProgress({ ...(job.progress as object), isCallUnknown: true });
    await change('/queue/resume');
    expect(await finished(id)).toMatchObject({ status: 'succeeded', attempts: [{ number: 1 }] });
  });

  it('prefers cancellations that were never sent to those that are tried again', async () => {
    const service = await startTestService({
      WORKER_CONCURRENCY: '1',
      BACKOFF_BASE_MS: '1',
      BACKOFF_CAP_MS: '1',
    });
    services.push(service);
    const { simulator, api, finished } = service;
    const create = async (faults: Parameters<typeof simulator.createCall>[0] = {}) => {
      const call = simulator.createCall({ streams: [{ name: 'stream' }], ...faults });
      return { sid: call.sid, id: (await api.create({ callSid: call.sid, streamName: 'stream' })).id };
    };
    // Keeps the only slot until the others are there: two that fail first, and two that come after these.
    const holder = await create({ faults: [{ latencyMs: 1000 }] });
    const sick = [
      await create({ faults: [{ status: 503 }] }),
      await create({ faults: [{ status: 503, latencyMs: 500 }] }),
    ];
    await simulator.until(sick[1]?.sid ?? '', ({ updates }) => updates.length === 1);
    const fresh = [await create(), await create()];
    for (const { id } of [holder, ...sick, ...fresh]) await finished(id);

    const lastPost = (sid: string): number => Date.parse(simulator.call(sid).updates.at(-1)?.at ?? '');
    const ofRetries = Math.min(...sick.map(({ sid }) => lastPost(sid)));
    for (const { sid } of fresh) expect(lastPost(sid)).toBeLessThanOrEqual(ofRetries);
  });
});
