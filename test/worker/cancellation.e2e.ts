import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const GUIDE_DOCUMENT =
  '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="stream"/></Stop><Say>Stopping stream</Say></Response>';

describe('one cancellation, end to end', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.close());

  it('stops the stream of the guide and proves it', async () => {
    const { simulator, api, finished } = service;
    const call = simulator.createCall({ streams: [{ name: 'stream' }] });

    const response = await api.post({ callSid: call.sid, streamName: 'stream' });
    expect(response.status).toBe(202);
    const accepted = (await response.json()) as { id: string };
    expect(response.headers.get('location')).toBe(`/cancellations/${accepted.id}`);
    expect(accepted).toMatchObject({ status: 'queued', evidence: 'none', attempts: [], project: 'default' });

    const cancellation = await finished(accepted.id);
    expect(cancellation).toMatchObject({
      id: accepted.id,
      callSid: call.sid,
      streamName: 'stream',
      status: 'succeeded',
      evidence: 'document_fetched',
      attempts: [{ number: 1, outcome: 'accepted', httpStatus: 200, providerCode: null, message: null }],
      nextAttemptAt: null,
      failure: null,
    });
    const { createdAt, acceptedAt, documentFetchedAt, finishedAt, deadline } = cancellation;
    expect(Date.parse(deadline) - Date.parse(createdAt)).toBe(60_000);
    for (const time of [acceptedAt, documentFetchedAt, finishedAt]) {
      expect(Date.parse(String(time))).toBeGreaterThanOrEqual(Date.parse(createdAt));
    }

    const stopped = await simulator.until(call.sid, ({ streams }) => streams[0]?.status === 'stopped');
    expect(stopped.fetches.map(({ body, method, contentType }) => ({ body, method, contentType }))).toEqual([
      { body: GUIDE_DOCUMENT, method: 'POST', contentType: 'text/xml; charset=utf-8' },
    ]);
    expect(stopped.said).toEqual(['Stopping stream']);
  });

  it('lets the call end if the document says nothing more, as the guide does', async () => {
    const { simulator, api } = service;
    const call = simulator.createCall({ streams: [{ name: 'stream' }] });
    await api.create({ callSid: call.sid, streamName: 'stream' });
    expect(await simulator.until(call.sid, ({ endedAt }) => endedAt !== null)).toMatchObject({
      status: 'completed',
    });
  });

  it('has the call do what the request says after the stop', async () => {
    const { simulator, api } = service;
    const call = simulator.createCall({ streams: [{ name: 'a "quoted" <name> & more' }] });
    await api.create({
      callSid: call.sid,
      streamName: 'a "quoted" <name> & more',
      then: [{ say: 'Bye & <thanks>', voice: 'woman', language: 'en-GB' }, { pause: 600 }, { hangup: true }],
    });
    const holding = await simulator.until(call.sid, ({ verbs }) =>
      verbs.some(({ name }) => name === 'Pause'),
    );
    expect(holding).toMatchObject({ status: 'in-progress', said: ['Bye & <thanks>'] });
    expect(holding.streams).toMatchObject([{ status: 'stopped' }]);
    expect(holding.verbs).toMatchObject([
      { name: 'Stop' },
      { name: 'Say', attributes: { voice: 'woman', language: 'en-GB' } },
      { name: 'Pause', attributes: { length: '600' } },
    ]);
  });

  it(
    'is the same for a thousand requests at once, and a new one once it is finished',
    { timeout: 60_000 },
    async () => {
      const { simulator, api, finished, queue } = service;
      const call = simulator.createCall({ streams: [{ name: 'stream' }] });
      const request = { callSid: call.sid, streamName: 'stream', then: [{ pause: 600 }] };
      await queue.queue.pause();
      const responses = await Promise.all(
        Array.from({ length: 1000 }, (_, place) => api.persist(request, place)),
      );
      const answers = (await Promise.all(responses.map((response) => response.json()))) as Cancellation[];
      const [id = '', ...others] = new Set(answers.map((answer) => answer.id));
      expect(others).toEqual([]);
      // The first of them may have been told 503 and have asked again.
      expect(answers.filter(({ duplicate }) => duplicate === undefined).length).toBeLessThanOrEqual(1);
      const waiting = await queue.queue.getJobs(['waiting']);
      // Others may wait for a worker still.
      const ofCall = waiting.filter(({ data }) => data.callSid === call.sid);
      expect(ofCall.map((job) => job.id)).toEqual([id]);

      await queue.queue.resume();
      expect(await finished(id)).toMatchObject({ status: 'succeeded' });
      expect(simulator.call(call.sid).updates).toHaveLength(1);
      const again = await api.create(request);
      expect(again.duplicate).toBeUndefined();
      expect(again.id).not.toBe(id);
    },
  );

  it('is not the same for another stream, another call or a similar name', async () => {
    const { api } = service;
    const requests = [
      { callSid: 'one', streamName: 'a' },
      { callSid: 'one', streamName: 'A' },
      { callSid: 'one', streamName: 'a ' },
      { callSid: 'onea', streamName: 'a' },
      { callSid: 'two', streamName: 'a' },
    ];
    const answers = await Promise.all(requests.map((request) => api.create(request)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(requests.length);
  });

  it('is not found under an id that was never accepted', async () => {
    const { api } = service;
    for (const id of ['0190c2f0-0000-7000-8000-000000000000', 'meta', 'a:b']) {
      const response = await api.request(`/cancellations/${id}`);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await response.json()).toMatchObject({ status: 404, code: 'cancellation_not_found' });
    }
  });
});

describe('a stream whose cancellation no worker has taken before its deadline', () => {
  it('is stopped by the next request for it', async () => {
    const service = await startTestService();
    onTestFinished(() => service.close());
    const { simulator, api, finished, queue } = service;
    const call = simulator.createCall({ streams: [{ name: 'stream' }] });
    const request = { callSid: call.sid, streamName: 'stream', then: [{ pause: 600 }] };
    await queue.queue.pause();
    const late = await api.create({ ...request, deadlineMs: 1000 });
    const next = await vi.waitFor(
      async () => {
        const cancellation = await api.create(request);
        expect(cancellation.id).not.toBe(late.id);
        return cancellation;
      },
      { timeout: 5000 },
    );
    expect(next).toMatchObject({ status: 'queued' });
    await queue.queue.resume();
    expect(await finished(next.id)).toMatchObject({ status: 'succeeded' });
    expect(await finished(late.id)).toMatchObject({ status: 'expired', attempts: [] });
    expect(simulator.call(call.sid).updates).toHaveLength(1);
  });
});
