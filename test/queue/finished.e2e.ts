import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

/** What may still happen after a cancellation has finished. */
const HAPPENINGS = ['fetched again', 'stream stopped', 'asked for again', 'call ends', 'read'] as const;

/** A deadline that no machine is too slow for. */
const LONG_MS = 60_000;

const ENDS = [
  { faults: [], status: 'succeeded', deadlineMs: LONG_MS },
  { faults: [{ status: 400, code: 21402 }], status: 'failed', deadlineMs: LONG_MS },
  { faults: [{ fetch: 'none', times: 'always' }], status: 'failed', deadlineMs: LONG_MS },
  // Its deadline comes before the third attempt, which would be its last.
  { faults: [{ status: 503, latencyMs: 900, times: 'always' }], status: 'expired', deadlineMs: 1500 },
] as const;

/** The default of `RETENTION_HOURS`. */
const DAY_MS = 86_400_000;

describe('a finished cancellation', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({
      MAX_ATTEMPTS: '3',
      CONFIRMATION_TIMEOUT_MS: '1000',
      BACKOFF_CAP_MS: '250',
    });
  });
  afterAll(() => service.close());

  async function happen(what: (typeof HAPPENINGS)[number], callSid: string): Promise<void> {
    const { simulator, api, urls } = service;
    const { updates, status } = simulator.call(callSid);
    const document = updates.at(-1)?.params['Url'];
    if (what === 'fetched again' && document !== undefined) await fetch(document, { method: 'POST' });
    if (what === 'call ends' && status === 'in-progress') simulator.endCall(callSid);
    if (what === 'asked for again') await api.post({ callSid, streamName: 'stream' });
    if (what === 'read') await api.request('/queue');
    if (what === 'stream stopped') {
      const event = { StreamName: 'stream', StreamEvent: 'stream-stopped', CallSid: callSid };
      const body = new URLSearchParams({ ...event, AccountSid: simulator.projectId });
      await fetch(`${urls.documents}/laml/stream-status`, { method: 'POST', body });
    }
  }

  it('never changes again, whatever happens', { timeout: 180_000 }, async () => {
    const { simulator, api, finished } = service;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ENDS),
        fc.array(fc.constantFrom(...HAPPENINGS), { minLength: 1, maxLength: 6 }),
        async ({ faults, status, deadlineMs }, happenings) => {
          const { sid } = simulator.createCall({ streams: [{ name: 'stream' }], faults });
          const request = { callSid: sid, streamName: 'stream', then: [{ pause: 600 }], deadlineMs };
          const { id } = await api.create(request);
          const end = await finished(id);
          expect(end.status).toBe(status);
          for (const what of happenings) await happen(what, sid);
          expect(await api.get(id)).toEqual(end);
          // After several calls without a fetch, the project would be stopped for half a minute.
          await happen('fetched again', sid);
        },
      ),
      { numRuns: 12 },
    );
  });

  it(
    'is removed RETENTION_HOURS after its end, even if no other ends meanwhile',
    { timeout: 60_000 },
    async () => {
      const { simulator, api, finished, queue } = service;
      const ids: string[] = [];
      for (const faults of [[], [{ status: 400, code: 21402 }], []]) {
        const { sid } = simulator.createCall({ streams: [{ name: 'stream' }], faults });
        ids.push((await api.create({ callSid: sid, streamName: 'stream' })).id);
        await finished(ids.at(-1) ?? '');
      }
      const [succeeded = '', failed = '', young = ''] = ids;
      const redis = new Redis(service.variables.REDIS_URL);
      onTestFinished(() => redis.disconnect());
      // BullMQ keeps the time of the end there.
      await redis.zadd(queue.queue.toKey('completed'), Date.now() - DAY_MS - 1000, succeeded);
      await redis.zadd(queue.queue.toKey('failed'), Date.now() - DAY_MS - 1000, failed);
      const statusOf = async (id: string) => (await api.request(`/cancellations/${id}`)).status;
      await vi.waitFor(
        async () => expect([await statusOf(succeeded), await statusOf(failed)]).toEqual([404, 404]),
        20_000,
      );
      expect(await statusOf(young)).toBe(200);
    },
  );
});
