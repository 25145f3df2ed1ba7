import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Cancellation } from '../../../src/api/cancellation.js';
import type { RedisServer } from '../../../src/demo/redis/redis-server.js';
import { COMMANDS, requireRights } from '../../../src/platform/redis/redis-rights.js';
import { startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { ownRedis } from '../../demo/fixtures/own-redis.js';
import { run } from '../../support/program.js';
import { ApiClient, observeQueue, startTestService, testVariables } from '../../support/service.js';

/** The default of `QUEUE_PREFIX`, which the documented rules name. */
const QUEUE_PREFIX = '{streamstop}';

/** The rules that `docs/operations.md` gives, each as the arguments of ACL SETUSER. */
const [SMALLEST = [], , OPTIONAL = []] = [
  ...readFileSync('docs/operations.md', 'utf8').matchAll(/^ACL SETUSER (.*(?:(?<=\\)\n.*)*)$/gm),
].map(([, rule]) => (rule ?? '').split(/[\s\\]+/).slice(1));

/** A worker looks into its queue every 10 s at most; this is enough for thousands of lines if it does not wait. */
const WITHOUT_RIGHT_MS = 2000;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ log: false });
});
afterAll(() => simulator.close());

describe('a Redis user with few rights', () => {
  let redis: RedisServer;
  let admin: Redis;
  beforeEach(async () => {
    redis = await ownRedis({ appendOnly: true });
    admin = new Redis(redis.url);
    onTestFinished(() => admin.disconnect());
  });

  const allow = (...rules: string[]) => admin.call('ACL', 'SETUSER', 'streamstop', ...rules);
  const asUser = (): string => redis.url.replace('//', '//streamstop:PASSWORD@');
  const variables = async () => ({
    ...(await testVariables(simulator)),
    REDIS_URL: asUser(),
    QUEUE_PREFIX,
    LOG_LEVEL: 'info',
  });
  const denials = async (): Promise<string[]> => {
    const log = (await admin.call('ACL', 'LOG')) as string[][];
    return log.map((entry) => entry[entry.indexOf('object') + 1] ?? '');
  };

  it('is told every command that the service sends', () => {
    const commands = SMALLEST.filter((rule) => rule.startsWith('+')).map((rule) => rule.slice(1));
    expect(commands.toSorted()).toEqual(COMMANDS.toSorted());
  });

  it('needs no more than the documented rule, which only hides the number of workers', async () => {
    await allow(...SMALLEST);
    const service = await startTestService({ REDIS_URL: asUser(), QUEUE_PREFIX }, simulator);
    onTestFinished(() => service.close());
    const call = simulator.createCall({ streams: [{ name: 'a' }, { name: 'b' }], faults: [{ status: 503 }] });
    await service.api.post({ callSid: call.sid, streamNames: ['a', 'b'] }, { 'idempotency-key': 'key' });
    const { id } = await service.api.create({ callSid: call.sid, streamName: 'a' });
    expect(await service.finished(id)).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    const queue = await service.api.request('/queue');
    expect(queue.status).toBe(200);
    expect(await queue.json()).toMatchObject({ workers: null });
    const metrics = await (await service.api.request('/metrics')).text();
    expect(metrics).toContain('streamstop_queue_reachable 1');
    expect(metrics).not.toMatch(/^streamstop_workers /m);
    expect((await service.api.request('/health/ready')).status).toBe(200);
    expect(new Set(await denials())).toEqual(new Set(['client|list']));

    await allow(...OPTIONAL);
    expect(await (await service.api.request('/queue')).json()).toMatchObject({ workers: 1 });
  });

  it.each([
    ['-info', '+info'],
    ['-eval', '+eval'],
    ['-evalsha', '+evalsha'],
    ['-subscribe', '+subscribe'],
    ['-publish', '+publish'],
    ['-client|setname', '+client|setname'],
    ['resetchannels', `&${QUEUE_PREFIX}:*`],
    ['resetkeys', `~${QUEUE_PREFIX}:*`],
    [`resetkeys %R~${QUEUE_PREFIX}:*`, `%W~${QUEUE_PREFIX}:*`],
    ['-bzpopmin -zadd', '+bzpopmin +zadd'],
  ])('without what %s takes away is refused, by name', async (rule, missing) => {
    await allow(...SMALLEST, ...rule.split(' '));
    const redisOfUser = new Redis(asUser());
    onTestFinished(() => redisOfUser.disconnect());
    await expect(requireRights(redisOfUser, QUEUE_PREFIX)).rejects.toThrow(`its user lacks ${missing}. `);
  });

  it('ends the start with one line that names the right', { timeout: 60_000 }, async () => {
    await allow(...SMALLEST, '-info');
    const { exitCode, output, errors } = await run(await variables()).end();
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: [] });
    expect(errors).toMatch(/^Redis does not permit .* lacks \+info\. .*\n$/);
  });

  it(
    'that loses its channels later goes on, unready, and is ready once it has them again',
    { timeout: 60_000 },
    async () => {
      await allow(...SMALLEST);
      const service = run(await variables());
      const { api } = await service.logged('started');
      const client = new ApiClient(String(api));
      const becomes = (status: number) =>
        vi.waitFor(async () => expect((await client.request('/health/ready')).status).toBe(status), {
          timeout: 15_000,
        });
      const refused = service.logged('could not subscribe to evidence');
      await allow('resetchannels');
      expect(await refused).toMatchObject({ level: 'error' });
      await becomes(503);
      await allow(...SMALLEST);
      await becomes(200);
      service.child.kill('SIGTERM');
      const { exitCode, errors, output } = await service.end();
      expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
      expect(output.filter((line) => line.includes('could not subscribe'))).toHaveLength(1);
    },
  );

  it.each(['-evalsha', '-bzpopmin', '-@all'])(
    'that loses %s later makes the service wait between its tries, and go on once it has it again',
    { timeout: 60_000 },
    async (rule) => {
      await allow(...SMALLEST);
      const service = await startTestService({ REDIS_URL: asUser(), QUEUE_PREFIX }, simulator);
      onTestFinished(() => service.close());
      // As a user that keeps its rights.
      const observed = observeQueue(redis.url, QUEUE_PREFIX);
      onTestFinished(() => observed.close());
      await Promise.all([observed.queue.waitUntilReady(), observed.events.waitUntilReady()]);
      // So that a worker has something to ask for.
      await admin.zadd(`${QUEUE_PREFIX}:cancellations:marker`, 0, '0');
      await allow(rule);
      await admin.config('RESETSTAT');
      await setTimeout(WITHOUT_RIGHT_MS);
      const rejected = [...(await admin.info('commandstats')).matchAll(/rejected_calls=(\d+)/g)];
      expect(rejected.reduce((sum, [, count]) => sum + Number(count), 0)).toBeLessThan(300);
      expect((await service.api.request('/health/ready')).status).toBe(503);

      await allow(...SMALLEST);
      const call = simulator.createCall({ streams: [{ name: 'stream' }] });
      // On a busy machine, Redis may answer too late for a first try.
      const answer = await service.api.persist({ callSid: call.sid, streamName: 'stream' }, 0);
      const { id } = (await answer.json()) as Cancellation;
      await observed.finished(id);
      expect(await service.api.get(id)).toMatchObject({ status: 'succeeded' });
    },
  );
});
