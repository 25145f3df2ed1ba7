import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

/** What may still happen to a call, and to the links that lead to its documents. */
const HAPPENINGS = ['fetched again', 'stream stopped', 'asked for again', 'call ends', 'read'] as const;

const ENDS = [
  { faults: [], status: 'succeeded' },
  { faults: [{ status: 400, code: 21402 }], status: 'failed' },
  { faults: [{ fetch: 'none', times: 'always' }], status: 'failed' },
  { faults: [{ status: 503, latencyMs: 900, times: 'always' }], status: 'expired' },
] as const;

describe('a cancellation that is finished', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({
      MAX_ATTEMPTS: '3',
      CONFIRMATION_TIMEOUT_MS: '200',
      BACKOFF_CAP_MS: '250',
    });
  });
  afterAll(() => service.close());

  async function happen(what: (typeof HAPPENINGS)[number], callSid: string): Promise<void> {
    const { simulator, api, urls } = service;
    const { updates, status } = simulator.call(callSid);
    if (what === 'fetched again') await fetch(updates.at(-1)?.params['Url'] ?? '', { method: 'POST' });
    if (what === 'call ends' && status === 'in-progress') simulator.endCall(callSid);
    if (what === 'asked for again') await api.post({ callSid, streamName: 'stream' });
    if (what === 'read') await api.request('/queue');
    if (what === 'stream stopped') {
      const event = { StreamName: 'stream', StreamEvent: 'stream-stopped', CallSid: callSid };
      const body = new URLSearchParams({ ...event, AccountSid: simulator.projectId });
      await fetch(`${urls.documents}/laml/stream-status`, { method: 'POST', body });
    }
  }

  it('never changes again, whatever happens', { timeout: 60_000 }, async () => {
    const { simulator, api, finished } = service;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ENDS),
        fc.array(fc.constantFrom(...HAPPENINGS), { minLength: 1, maxLength: 6 }),
        async ({ faults, status }, happenings) => {
          const { sid } = simulator.createCall({ streams: [{ name: 'stream' }], faults });
          const request = { callSid: sid, streamName: 'stream', then: [{ pause: 600 }], deadlineMs: 1500 };
          const { id } = await api.create(request);
          const end = await finished(id);
          expect(end.status).toBe(status);
          for (const what of happenings) await happen(what, sid);
          expect(await api.get(id)).toEqual(end);
        },
      ),
      { numRuns: 12 },
    );
  });
});
