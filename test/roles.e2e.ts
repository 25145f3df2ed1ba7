import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '../src/simulator/simulator.js';
import type { Simulator } from '../src/simulator/simulator.js';
import { startTestService } from './support/service.js';
import type { TestService } from './support/service.js';

describe('the roles, each in a process of its own', () => {
  let simulator: Simulator;
  let documents: TestService;
  let worker: TestService;
  let api: TestService;

  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
    documents = await startTestService({ ROLES: 'documents' }, simulator);
    const { QUEUE_PREFIX, PUBLIC_URL } = documents.variables;
    worker = await startTestService({ ROLES: 'worker', QUEUE_PREFIX, PUBLIC_URL }, simulator);
    api = await startTestService({ ROLES: 'api', QUEUE_PREFIX, PUBLIC_URL }, simulator);
  });
  afterAll(async () => {
    await Promise.all([api.close(), worker.close(), documents.close()]);
    await simulator.close();
  });

  it('carry one cancellation together', async () => {
    const call = simulator.createCall({ streams: [{ name: 'stream' }] });
    const { id } = await api.api.create({ callSid: call.sid, streamName: 'stream' });
    expect(await api.finished(id)).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
  });

  it('listen where they are said to, and nowhere else', () => {
    expect(Object.keys(api.urls)).toEqual(['api']);
    expect(Object.keys(documents.urls)).toEqual(['documents', 'operations']);
    expect(Object.keys(worker.urls)).toEqual(['operations']);
  });

  it.each(['/', '/cancellations', '/health/live', '/health/ready', '/metrics', '/queue', '/dashboard'])(
    'show SignalWire no %s',
    async (path) => {
      const response = await fetch(String(documents.urls.documents) + path);
      expect(response.status).toBe(404);
      expect(await response.text()).toBe('<?xml version="1.0" encoding="UTF-8"?><Response/>');
    },
  );

  it('are probed and scraped on METRICS_PORT where there is no API', async () => {
    for (const { urls } of [documents, worker]) {
      const answer = (path: string) => fetch(String(urls.operations) + path);
      expect((await answer('/health/live')).status).toBe(200);
      expect((await answer('/health/ready')).status).toBe(200);
      expect(await (await answer('/metrics')).text()).toContain('streamstop_http_request_duration_seconds');
      expect((await answer('/cancellations')).status).toBe(404);
    }
  });

  it('count the workers of the queue', async () => {
    const depth = (await (await api.api.request('/queue')).json()) as { workers: number };
    expect(depth.workers).toBe(1);
  });
});
