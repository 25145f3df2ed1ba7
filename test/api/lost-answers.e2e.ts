import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { run } from '../support/program.js';
import { ApiClient, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const CALL = 'a-call-whose-answer-is-lost';

const one = { callSid: CALL, streamName: 'one' };

type Answer = Cancellation | { readonly items: readonly Cancellation[] };

const send = (api: ApiClient, path: string, body: object, headers: Record<string, string>) =>
  api.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

async function idsIn(response: Response): Promise<string[]> {
  expect(response.status).toBe(202);
  const answer = (await response.json()) as Answer;
  return ('items' in answer ? answer.items : [answer]).map(({ id }) => id).toSorted();
}

/** Two processes: one whose answers from Redis get lost, and one that is asked again. No worker takes the jobs. */
describe('asking again after a lost answer', () => {
  let proxy: TcpProxy;
  let near: TestService;
  let distant: TestService;

  beforeEach(async () => {
    const { hostname, port } = new URL(inject('redisUrl'));
    proxy = await TcpProxy.start(hostname, Number(port));
    near = await startTestService({ ROLES: 'api' });
    distant = await startTestService(throughProxy(), near.simulator);
    // Reads the API description, which would count where a test takes the time.
    await distant.api.request('/health/live');
  });
  afterEach(async () => {
    await distant.close();
    await near.close();
    await proxy.close();
  });

  const throughProxy = () => ({
    ROLES: 'api',
    REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
    QUEUE_PREFIX: near.variables.QUEUE_PREFIX,
  });

  const jobIds = async (): Promise<string[]> =>
    (await near.queue.queue.getJobs()).map(({ id }) => String(id)).toSorted();

  describe.each<[string, string, object, number]>([
    ['one stream', '/cancellations', one, 1],
    ['several streams', '/cancellations', { callSid: CALL, streamNames: ['one', 'two', 'three'] }, 3],
    ['a batch', '/cancellations/batch', { cancellations: [one, { ...one, callSid: 'another' }] }, 2],
  ])('for %s', (_, path, body, count) => {
    it.each<[string, Record<string, string>]>([
      ['the same Idempotency-Key', { 'idempotency-key': 'key' }],
      ['no key', {}],
    ])('with %s returns what was queued', async (__, headers) => {
      proxy.loseAnswersTo(CALL);
      const start = performance.now();
      const lost = await send(distant.api, path, body, headers);
      expect(performance.now() - start).toBeLessThan(1000);
      expect(lost.status).toBe(503);
      expect(lost.headers.get('retry-after')).toBe('1');
      expect(await lost.json()).toMatchObject({
        code: 'queue_answer_lost',
        detail: expect.stringContaining('Ask again') as string,
        instance: path,
      });
      await vi.waitFor(async () => expect(await jobIds()).toHaveLength(count), { timeout: 30_000 });
      const queued = await jobIds();
      proxy.cut();

      const again = await send(near.api, path, body, headers);
      expect(again.headers.get('idempotent-replayed')).toBe('idempotency-key' in headers ? 'true' : null);
      expect(await idsIn(again)).toEqual(queued);
      expect(await jobIds()).toEqual(queued);
    });
  });

  it.each<[string, Record<string, string>]>([
    ['the same Idempotency-Key', { 'idempotency-key': 'key' }],
    ['no key', {}],
  ])(
    'with %s returns what was queued by a process that was killed',
    { timeout: 60_000 },
    async (_, headers) => {
      const killed = run({ ...near.variables, ...throughProxy(), LOG_LEVEL: 'info' });
      const { api = '' } = await killed.logged('started');
      const added = new Promise<string>((resolve) => {
        near.queue.events.on('added', ({ jobId }) => resolve(jobId));
      });
      proxy.loseAnswersTo(CALL);
      const unanswered = send(new ApiClient(api), '/cancellations', one, headers).catch(() => null);
      const id = await added;
      killed.child.kill('SIGKILL');
      await killed.end();
      expect((await unanswered)?.status).not.toBe(202);

      expect(await idsIn(await send(near.api, '/cancellations', one, headers))).toEqual([id]);
      expect(await jobIds()).toEqual([id]);
    },
  );

  it('says of a retry, too, that it may have been queued', async () => {
    const { id } = await near.api.create(one);
    await near.api.request(`/cancellations/${id}`, { method: 'DELETE' });
    proxy.loseAnswersTo('retryOf');
    const lost = await distant.api.request(`/cancellations/${id}/retry`, { method: 'POST' });
    expect(await lost.json()).toMatchObject({ status: 503, code: 'queue_answer_lost' });
  });

  it('finds nothing queued if the request never reached Redis', async () => {
    proxy.silence();
    const lost = await send(distant.api, '/cancellations', one, {});
    expect(await lost.json()).toMatchObject({ status: 503, code: 'queue_answer_lost' });
    proxy.cut();
    expect(await jobIds()).toEqual([]);
    const again = await send(near.api, '/cancellations', one, {});
    expect(await idsIn(again)).toEqual(await jobIds());
  });
});
