import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cancellation } from '../src/api/cancellation.js';
import { startSimulator } from '../src/simulator/simulator.js';
import type { Simulator } from '../src/simulator/simulator.js';
import { run } from './support/program.js';
import { ApiClient, testVariables } from './support/service.js';

const JSON_BODY = { 'content-type': 'application/json' };

const post = async <T>(api: ApiClient, path: string, requestId: string, body: unknown = {}, more = {}) => {
  const headers = { ...JSON_BODY, 'x-request-id': requestId, prefer: 'wait=20', ...more };
  const response = await api.request(path, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(response.headers.get('x-request-id')).toBe(requestId);
  return (await response.json()) as T;
};

describe('a request with an id', () => {
  let simulator: Simulator;

  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
  });
  afterAll(() => simulator.close());

  const start = async () => {
    const service = run({ ...(await testVariables(simulator)), LOG_LEVEL: 'info' });
    const api = new ApiClient(String((await service.logged('started')).api));
    const bodyOf = () => {
      const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
      return { callSid: sid, streamName: 'stream', then: [{ pause: 600 }] };
    };
    return { ...service, api, bodyOf };
  };

  it('is named by its response, its cancellation and every line of the log about it', async () => {
    const { api, bodyOf, lines } = await start();
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traced = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const created = await post<Cancellation>(api, '/cancellations', 'job-17', bodyOf(), traced);
    expect(created).toMatchObject({ status: 'succeeded', requestId: 'job-17', traceId });
    expect(await api.get(created.id)).toMatchObject({ requestId: 'job-17' });
    const ofIt = () =>
      lines().filter((line) => [line.cancellationId, ...(line.cancellationIds ?? [])].includes(created.id));
    await vi.waitFor(() => expect(ofIt().map(({ msg }) => msg)).toContain('cancellation succeeded'));
    expect(new Set(ofIt().map(({ msg }) => msg))).toEqual(
      new Set(['cancellation queued', 'attempt accepted', 'document fetched', 'cancellation succeeded']),
    );
    for (const line of ofIt()) expect(line).toMatchObject({ requestId: 'job-17', traceId });
  });

  it('names itself in all cancellations of a batch, and in no later duplicate', async () => {
    const { api, bodyOf } = await start();
    await api.request('/queue/pause', { method: 'POST', headers: JSON_BODY, body: '{}' });
    const bodies = [bodyOf(), bodyOf()];
    type Batch = { readonly items: Cancellation[] };
    const first = await post<Batch>(api, '/cancellations/batch', 'one', { cancellations: bodies });
    const later = await post<Batch>(api, '/cancellations/batch', 'two', {
      cancellations: [...bodies, bodyOf()],
    });
    expect(first.items.map(({ requestId }) => requestId)).toEqual(['one', 'one']);
    expect(later.items.map(({ requestId, duplicate }) => [requestId, duplicate])).toEqual([
      ['one', true],
      ['one', true],
      ['two', undefined],
    ]);
    const list = (await (await api.request('/cancellations')).json()) as Batch;
    expect(list.items.map(({ requestId }) => requestId)).toEqual(['two', 'one', 'one']);
  });

  it('names itself in the cancellation that it retries', async () => {
    const { api, bodyOf } = await start();
    await api.request('/queue/pause', { method: 'POST', headers: JSON_BODY, body: '{}' });
    const traced = { traceparent: `00-${'a'.repeat(32)}-00f067aa0ba902b7-01` };
    const { id } = await post<Cancellation>(api, '/cancellations', 'first', bodyOf(), {
      ...traced,
      prefer: 'respond-async',
    });
    // A worker may be about to put it to sleep.
    await vi.waitFor(async () => {
      expect((await api.request(`/cancellations/${id}`, { method: 'DELETE' })).status).toBe(200);
    });
    const retry = await post<Cancellation>(api, `/cancellations/${id}/retry`, 'again');
    expect(retry).toMatchObject({ retryOf: id, requestId: 'again', traceId: null });
    expect(await api.get(id)).toMatchObject({ requestId: 'first', traceId: 'a'.repeat(32) });
  });

  it('gets its id back from every route', async () => {
    const { api } = await start();
    const answers = [
      ['/nowhere', 404],
      ['/cancellations/0190c2f0-7b1e-7627-9763-1d142e9a6e96', 404],
      ['/cancellations?status=lost', 400],
      ['/docs', 200],
      ['/dashboard', 200],
      ['/events', 200],
    ] as const;
    for (const [path, status] of answers) {
      const stopped = new AbortController();
      const headers = { 'x-request-id': 'job-18' };
      const response = await api.request(path, { headers, signal: stopped.signal });
      expect([path, response.status, response.headers.get('x-request-id')]).toEqual([path, status, 'job-18']);
      stopped.abort();
    }
  });
});
