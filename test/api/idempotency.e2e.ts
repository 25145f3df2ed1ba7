import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { ApiClient, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

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
    'is one cancellation, however often it comes at once and to whichever process',
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

  it('is answered with its cancellation as it is now, after the end too', async () => {
    const { sid: callSid } = service.simulator.createCall({ streams: [{ name: 'stream' }] });
    const body = { callSid, streamName: 'stream' };
    const first = await send('finished', body);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const finished = await service.finished(await idOf(first));
    expect(finished.status).toBe('succeeded');

    const again = await send('finished', { streamName: 'stream', callSid, project: 'default' });
    expect(again.status).toBe(202);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(`/cancellations/${finished.id}`);
    expect(await again.json()).toEqual(finished);
    expect(service.simulator.call(callSid).updates).toHaveLength(1);
  });

  it('stays with the cancellation that its stream had, after the end of that one too', async () => {
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

async function throughProxy() {
  const { hostname, port } = new URL(inject('redisUrl'));
  const proxy = await TcpProxy.start(hostname, Number(port));
  onTestFinished(() => proxy.close());
  return { proxy, redisUrl: `redis://127.0.0.1:${proxy.port}` };
}

describe('where the answer of Redis is lost', () => {
  it('tells to ask again with the same key, and then gives what was queued', async () => {
    const { proxy, redisUrl } = await throughProxy();
    const { QUEUE_PREFIX } = service.variables;
    const distant = await startTestService(
      { ROLES: 'api', REDIS_URL: redisUrl, QUEUE_PREFIX },
      service.simulator,
    );
    onTestFinished(() => distant.close());
    await service.queue.queue.pause();
    onTestFinished(() => service.queue.queue.resume());

    const body = { callSid: 'lost', streamName: 'stream' };
    proxy.loseAnswersTo(body.callSid);
    const lost = await send('lost', body, distant.api);
    expect(lost.status).toBe(503);
    expect(await lost.json()).toMatchObject({
      code: 'queue_unavailable',
      detail: expect.stringContaining('again with the same Idempotency-Key') as string,
    });
    const [queued] = await service.queue.queue.getJobs('waiting');
    expect(queued?.data).toMatchObject(body);

    proxy.cut();
    const again = await send('lost', body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await idOf(again)).toBe(queued?.id);
    expect(await numberOfJobs(body.callSid)).toBe(1);
  });

  it('gives the same after the process was killed before it could answer', { timeout: 60_000 }, async () => {
    const { proxy, redisUrl } = await throughProxy();
    const api = spawn(process.execPath, [`${inject('built')}/main.js`], {
      env: { ...service.variables, ROLES: 'api', REDIS_URL: redisUrl, LOG_LEVEL: 'info' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void api.kill('SIGKILL'));
    let url = '';
    for await (const line of createInterface({ input: api.stdout })) {
      if (!line.includes('"started"')) continue;
      url = (JSON.parse(line) as { api: string }).api;
      break;
    }

    const body = { callSid: 'killed', streamName: 'stream' };
    const queued = new Promise<string>((resolve) => {
      service.queue.events.on('added', ({ jobId }) => resolve(jobId));
    });
    proxy.loseAnswersTo(body.callSid);
    const unanswered = send('killed', body, new ApiClient(url)).catch(() => null);
    const id = await queued;
    api.kill('SIGKILL');
    await once(api, 'exit');
    expect((await unanswered)?.status).not.toBe(202);

    const again = await send('killed', body);
    expect(again.status).toBe(202);
    expect(await idOf(again)).toBe(id);
    expect(await numberOfJobs(body.callSid)).toBe(1);
  });
});
