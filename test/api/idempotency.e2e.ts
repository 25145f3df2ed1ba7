import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const REQUESTS = 1000;

let service: TestService;
let second: TestService;
beforeAll(async () => {
  service = await startTestService();
  const { QUEUE_PREFIX } = service.variables;
  second = await startTestService({ ROLES: 'api', QUEUE_PREFIX }, service.simulator);
});
afterAll(async () => {
  await second.close();
  await service.close();
});

const send = (key: string, body: object, api = service.api) => api.post(body, { 'idempotency-key': key });

const idOf = async (response: Response): Promise<string> => ((await response.json()) as Cancellation).id;

const numberOfJobs = async (callSid: string): Promise<number> => {
  const jobs = await service.queue.queue.getJobs();
  return jobs.filter((job) => job.data.callSid === callSid).length;
};

describe('a request with an Idempotency-Key', () => {
  it(
    'is one cancellation, even if it comes a thousand times at once, to two processes',
    { timeout: 60_000 },
    async () => {
      const body = { callSid: 'crowd', streamName: 'stream' };
      const responses = await Promise.all(
        Array.from({ length: REQUESTS }, (_, index) =>
          (index % 2 === 0 ? service : second).api.persist(body, index, { 'idempotency-key': 'crowd' }),
        ),
      );
      expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([202]));
      expect(new Set(await Promise.all(responses.map(idOf))).size).toBe(1);
      expect(await numberOfJobs('crowd')).toBe(1);
    },
  );

  it('is answered with its cancellation as it is now, also after that has ended', async () => {
    const { sid: callSid } = service.simulator.createCall({ streams: [{ name: 'stream' }] });
    const body = { callSid, streamName: 'stream' };
    const first = await send('finished', body);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const finished = await service.finished(await idOf(first));
    expect(finished.status).toBe('succeeded');

    const again = await send('finished', { streamName: 'stream', callSid });
    expect(again.status).toBe(202);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(`/cancellations/${finished.id}`);
    expect(await again.json()).toEqual(finished);
    expect(service.simulator.call(callSid).updates).toHaveLength(1);
  });

  it('is not queued again after its cancellation was removed early, and says so', async () => {
    const { sid: callSid } = service.simulator.createCall({ streams: [{ name: 'stream' }] });
    const body = { callSid, streamName: 'stream' };
    const id = await idOf(await send('removed', body));
    await service.finished(id);
    await (await service.queue.queue.getJob(id))?.remove();

    const again = await send('removed', body);
    expect(again.status).toBe(404);
    expect(await again.json()).toMatchObject({
      code: 'cancellation_not_found',
      detail: expect.stringContaining(
        `the cancellation ${id} of this Idempotency-Key has been removed`,
      ) as string,
    });
    expect(await numberOfJobs(callSid)).toBe(0);
  });

  it('stays with the earlier cancellation of its stream, also after that has ended', async () => {
    const { sid: callSid } = service.simulator.createCall({
      streams: [{ name: 'stream' }],
      faults: [{ latencyMs: 300 }],
    });
    const body = { callSid, streamName: 'stream' };
    const { id } = await service.api.create(body);
    const first = await send('joined', body);
    expect(await first.json()).toMatchObject({ id, duplicate: true });
    await service.finished(id);

    const again = await send('joined', body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.json()).toMatchObject({ id, duplicate: true, status: 'succeeded' });
    expect(await numberOfJobs(callSid)).toBe(1);
  });
});
