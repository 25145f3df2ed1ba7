import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Pauses } from '../../src/gate/pauses.js';
import type { QueueDepth } from '../../src/operations/queue-depth.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { observeQueue, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { SCRAPED } from '../platform/metrics/scrape.js';

const KEY = 'correct-horse-battery-staple';

/** A paused project is released by the keeper, which looks once a second. */
const SOON = { timeout: 8000 };

describe('what an operator pauses', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ API_KEYS: `night-shift:${KEY}` });
  });
  afterAll(() => service.close());

  const request = (path: string, body?: object) =>
    service.api.request(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });

  async function queue(path = '/queue', body?: object): Promise<QueueDepth> {
    const response = await request(path, body);
    expect(response.status).toBe(200);
    return (await response.json()) as QueueDepth;
  }

  const metrics = async () => (await request('/metrics')).text();

  async function accepted(faults: readonly Fault[] = [], more: object = {}) {
    const { sid: callSid } = service.simulator.createCall({ streams: [{ name: 'stream' }] });
    service.simulator.setFaults(callSid, faults);
    const response = await request('/cancellations', { callSid, streamName: 'stream', ...more });
    const { id } = (await response.json()) as { id: string };
    return { callSid, id };
  }

  const stateOf = async (id: string) =>
    (await (await request(`/cancellations/${id}`)).json()) as { status: string; failure: object | null };

  it.each([
    ['no content type', {}],
    ['a content type', { 'content-type': 'application/json' }],
  ])('is everything for a request without a body: with %s', async (_, headers) => {
    const ask = async (path: string) => {
      const init = { method: 'POST', headers: { authorization: `Bearer ${KEY}`, ...headers } };
      const response = await service.api.request(path, init);
      return [response.status, ((await response.json()) as QueueDepth).paused];
    };
    expect(await ask('/queue/pause')).toEqual([200, true]);
    expect(await ask('/queue/resume')).toEqual([200, false]);
  });

  it.each([
    ['everything', {}],
    ['a project', { project: 'default' }],
  ])('waits until it is resumed: %s', async (_, scope) => {
    const underWay = await accepted([{ latencyMs: 500 }]);
    await service.simulator.until(underWay.callSid, ({ updates }) => updates.length === 1);
    const isEverything = Object.keys(scope).length === 0;
    expect(await queue('/queue/pause', scope)).toMatchObject({
      paused: isEverything,
      pausedBy: isEverything ? 'night-shift' : null,
      projects: [{ project: 'default', state: 'paused', pausedBy: 'night-shift' }],
    });
    const { id, callSid } = await accepted();
    await vi.waitFor(async () => {
      expect((await queue()).projects).toMatchObject([{ state: 'paused', waiting: 1 }]);
    }, SOON);
    await service.queue.finished(underWay.id);
    expect((await stateOf(underWay.id)).status).toBe('succeeded');
    expect(service.simulator.call(callSid).updates).toEqual([]);

    expect(await queue('/queue/resume', scope)).toMatchObject({
      paused: false,
      projects: [{ project: 'default', state: 'working', pausedBy: null }],
    });
    await service.queue.finished(id);
    expect((await stateOf(id)).status).toBe('succeeded');
  });

  it('is resumed also if it was paused with BullMQ itself', async () => {
    const bullmq = observeQueue(service.variables.REDIS_URL, service.variables.QUEUE_PREFIX);
    onTestFinished(bullmq.close);
    await bullmq.queue.pause();
    expect(await queue()).toMatchObject({ paused: true, pausedAt: null });
    const { id } = await accepted();
    expect(await queue('/queue/resume', {})).toMatchObject({ paused: false });
    await service.queue.finished(id);
    expect((await stateOf(id)).status).toBe('succeeded');
  });

  it('expires at its deadline, unsent', async () => {
    await queue('/queue/pause', {});
    const { id, callSid } = await accepted([], { deadlineMs: 1500 });
    await service.queue.finished(id);
    expect(await stateOf(id)).toMatchObject({
      status: 'expired',
      failure: { code: null, message: expect.stringContaining('paused') as string },
    });
    expect(service.simulator.call(callSid).updates).toEqual([]);
    await queue('/queue/resume', {});
  });

  it('keeps the name of who paused it first, and is shown by the metrics', async () => {
    const first = await queue('/queue/pause', { project: 'default' });
    const second = await queue('/queue/pause', { project: 'default' });
    expect(second.projects).toEqual(first.projects);
    await expect
      .poll(metrics, SCRAPED)
      .toContain('streamstop_project_state{project="default",state="paused"} 1\n');
    const seconds = Date.parse(first.projects[0]?.since ?? '') / 1000;
    const pausedSince = 'streamstop_project_paused_since_seconds{project="default"}';
    expect(await metrics()).toContain(`${pausedSince} ${seconds}\n`);
    await queue('/queue/resume', { project: 'default' });
    await expect.poll(metrics, SCRAPED).toContain(`${pausedSince} 0\n`);
  });

  it('is seen and resumed although its project is no longer configured', async () => {
    const redis = new Redis(service.variables.REDIS_URL);
    await new Pauses(redis, service.variables.QUEUE_PREFIX).pause('former', { by: 'day-shift', at: 0 });
    redis.disconnect();
    const { projects } = await queue();
    expect(projects.map(({ project, state, pausedBy }) => [project, state, pausedBy])).toEqual([
      ['default', 'working', null],
      ['former', 'paused', 'day-shift'],
    ]);
    expect((await queue('/queue/resume', { project: 'former' })).projects).toMatchObject([
      { project: 'default' },
    ]);
    expect((await request('/queue/resume', { project: 'former' })).status).toBe(404);
  });

  it('must be a configured project', async () => {
    for (const path of ['/queue/pause', '/queue/resume']) {
      const response = await request(path, { project: 'nobody' });
      expect([response.status, await response.json()]).toMatchObject([404, { code: 'project_not_found' }]);
      expect((await request(path, { projekt: 'default' })).status).toBe(400);
    }
  });
});
