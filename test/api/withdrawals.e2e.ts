import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { streamKey } from '../../src/cancellation/keys.js';
import { startTestService } from '../support/service.js';
import type { ApiClient, TestService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const STREAM = 'stream';

/** One process whose answers from Redis get lost, and one that another caller asks for the same stream. */
describe('a cancellation whose caller was told 503', () => {
  let proxy: TcpProxy;
  let near: TestService;
  let distant: TestService;
  let callSid: string;

  beforeEach(async () => {
    const { hostname, port } = new URL(inject('redisUrl'));
    proxy = await TcpProxy.start(hostname, Number(port));
    near = await startTestService({ ROLES: 'api' });
    const { QUEUE_PREFIX } = near.variables;
    const REDIS_URL = `redis://127.0.0.1:${proxy.port}`;
    distant = await startTestService({ ROLES: 'api', REDIS_URL, QUEUE_PREFIX }, near.simulator);
    callSid = near.simulator.createCall({ streams: [{ name: STREAM }], faults: [{ latencyMs: 3000 }] }).sid;
  });
  afterEach(async () => {
    await distant.close();
    await near.close();
    await proxy.close();
  });

  const ask = (api: ApiClient, of = callSid) => api.post({ callSid: of, streamName: STREAM });

  /** The id of what was queued and not answered for. */
  async function askInVain(): Promise<string> {
    expect((await ask(distant.api)).status).toBe(503);
    const stream = streamKey({ project: 'default', callSid, streamName: STREAM });
    return String(await near.queue.queue.getDeduplicationJobId(stream));
  }

  async function untilAnswered(api: ApiClient, of = callSid): Promise<Response> {
    const response = await ask(api, of);
    return response.status === 503 ? untilAnswered(api, of) : response;
  }

  /** Once the distant process has Redis again, its withdrawals come before its next requests. */
  async function withdrawalsAreDone(): Promise<void> {
    for (const later of ['first', 'second', 'third']) await untilAnswered(distant.api, later);
  }

  /** `told`, `withdrawn` or, where neither has come first yet, null. */
  async function claimOn(id: string): Promise<string | null> {
    const redis = new Redis(inject('redisUrl'));
    onTestFinished(() => redis.disconnect());
    return redis.get(`${near.variables.QUEUE_PREFIX}:told:${id}`);
  }

  const withdrawalIsClaimed = (id: string): Promise<void> =>
    vi.waitFor(async () => expect(await claimOn(id)).toBe('withdrawn'), { timeout: 5000 });

  it('stays where another caller has been told of it', async () => {
    proxy.silenceAfter(callSid);
    const id = await askInVain();
    expect(await (await ask(near.api)).json()).toMatchObject({ id, duplicate: true });

    proxy.cut();
    await withdrawalsAreDone();
    expect(await near.api.get(id)).toMatchObject({ id, status: 'queued' });
  });

  it('is replaced by a new one for another caller who comes in the middle of its withdrawal', async () => {
    proxy.loseAnswersTo(callSid);
    const id = await askInVain();
    await withdrawalIsClaimed(id);
    const { id: fresh, duplicate } = await near.api.create({ callSid, streamName: STREAM });
    expect(duplicate).toBeUndefined();
    expect(fresh).not.toBe(id);

    proxy.cut();
    await withdrawalsAreDone();
    expect(await near.api.get(fresh)).toMatchObject({ id: fresh, status: 'queued' });
    expect((await near.api.request(`/cancellations/${id}`)).status).toBe(404);
  });

  it('is not started by a worker once its withdrawal has begun', async () => {
    proxy.loseAnswersTo(callSid);
    const id = await askInVain();
    await withdrawalIsClaimed(id);
    const worker = await startWorker();
    onTestFinished(() => worker.close());
    const other = near.simulator.createCall({ streams: [{ name: STREAM }] });
    await near.api.create({ callSid: other.sid, streamName: STREAM });
    await near.simulator.until(other.sid, ({ updates }) => updates.length === 1);
    expect(near.simulator.call(callSid).updates).toEqual([]);
  });

  it('stays where a worker has it already, and other callers are told of it again', async () => {
    const worker = await startWorker();
    onTestFinished(() => worker.close());
    proxy.loseAnswersTo(callSid);
    const id = await askInVain();
    await withdrawalIsClaimed(id);
    expect((await ask(near.api)).status).toBe(503);

    proxy.cut();
    expect(await (await untilAnswered(near.api)).json()).toMatchObject({
      id,
      duplicate: true,
      status: 'running',
    });
  });

  it('does not keep another one, of which its caller was not told in time', async () => {
    const { id } = await near.api.create({ callSid, streamName: STREAM });
    proxy.holdAnswers();
    expect((await ask(distant.api)).status).toBe(503);
    proxy.release();
    await withdrawalsAreDone();
    expect(await claimOn(id)).toBeNull();
  });

  it('is withdrawn with the others of its request', async () => {
    const added: string[] = [];
    near.queue.events.on('added', ({ jobId }) => added.push(jobId));
    await near.queue.events.waitUntilReady();
    proxy.loseAnswersTo(callSid);
    const response = await distant.api.post({ callSid, streamNames: ['one', 'two', 'three'] });
    expect(response.status).toBe(503);
    const { queue } = near.queue;
    await vi.waitFor(() => expect(added).toHaveLength(3), { timeout: 5000 });

    proxy.cut();
    await withdrawalsAreDone();
    await vi.waitFor(async () => {
      const waiting = await queue.getJobs('waiting');
      expect(waiting.filter(({ data }) => data.callSid === callSid)).toEqual([]);
    });
  });

  const startWorker = (): Promise<TestService> => {
    const { QUEUE_PREFIX } = near.variables;
    return startTestService({ ROLES: 'worker', QUEUE_PREFIX, SHUTDOWN_TIMEOUT_MS: '500' }, near.simulator);
  };
});
