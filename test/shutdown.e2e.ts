import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { untilReady } from '../src/demo/until-ready.js';
import { ownRedis } from './demo/fixtures/own-redis.js';
import { parsed } from './support/raw-request.js';
import { startTestService } from './support/service.js';

const LIVE = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** A POST of which the server has read the beginning of the head. */
async function begunPost(url: string, body: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const answer = text(socket);
  socket.write('POST /cancellations HTTP/1.1\r\n');
  // Answered after the server has read what came before.
  await fetch(`${url}/health/live`);
  return {
    finish: async () => {
      socket.write(`Host: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`);
      socket.write(`\r\n${body}`);
      return parsed(await answer);
    },
  };
}

async function refusesConnections(url: string): Promise<void> {
  for (;;) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const outcome = await once(socket, 'connect').catch((error: NodeJS.ErrnoException) => error.code);
    socket.destroy();
    if (outcome === 'ECONNREFUSED') return;
  }
}

describe('stopping', () => {
  it('lets an attempt under way finish, with its document still served', async () => {
    const service = await startTestService();
    onTestFinished(() => service.close());
    const { simulator, api, urls } = service;
    const call = simulator.createCall({
      streams: [{ name: 'stream' }],
      faults: [{ latencyMs: 200, fetch: { delayMs: 300 } }],
    });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream', then: [{ pause: 600 }] });
    await simulator.until(call.sid, ({ updates }) => updates.length === 1);

    const ready = async () => (await fetch(`${urls.api}/health/ready`)).status;
    expect(await ready()).toBe(200);
    const stopped = service.stop();
    expect(await ready()).toBe(503);
    await stopped;

    expect(simulator.call(call.sid).streams).toMatchObject([{ status: 'stopped' }]);
    const job = await service.queue.queue.getJob(id);
    expect(await job?.getState()).toBe('completed');
    await expect(api.get(id)).rejects.toThrow('fetch failed');
  });

  it('serves both ports for DRAIN_MS, and tells connections to close', async () => {
    const service = await startTestService({ DRAIN_MS: '2000' });
    onTestFinished(() => service.close());
    const { api, urls, simulator } = service;
    await untilReady(`${urls.api}/health/ready`, AbortSignal.timeout(10_000));
    const before = await fetch(`${urls.api}/health/ready`);
    expect([before.status, before.headers.get('connection')]).toEqual([200, 'keep-alive']);

    const started = performance.now();
    const stopped = service.stop();
    const answers = [
      await fetch(`${urls.api}/health/ready`),
      await api.post({ callSid: simulator.createCall().sid, streamName: 'stream' }),
      await fetch(`${urls.documents}/laml/stop-stream?STREAMNAME=stream`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([503, 202, 200]);
    expect(answers.map(({ headers }) => headers.get('connection'))).toEqual(['close', 'close', 'close']);
    await stopped;
    expect(performance.now() - started).toBeGreaterThanOrEqual(1950);
    await expect(fetch(`${urls.api}/health/ready`)).rejects.toThrow('fetch failed');
  });

  it.each([
    { redis: 'there', status: 202, type: 'application/json; charset=utf-8', retryAfter: null },
    { redis: 'away', status: 503, type: 'application/problem+json; charset=utf-8', retryAfter: '1' },
  ])(
    'answers a request that began before the port closed with $status while Redis is $redis',
    async ({ redis: state, status, type, retryAfter }) => {
      const redis = await ownRedis();
      const service = await startTestService({ REDIS_URL: redis.url });
      onTestFinished(() => service.close());
      const { urls, simulator } = service;
      const api = String(urls.api);
      const body = JSON.stringify({ callSid: simulator.createCall().sid, streamName: 'stream' });
      const post = await begunPost(api, body);
      if (state === 'away') await redis.kill();

      const stopped = service.stop();
      await refusesConnections(api);
      const { headers, ...answer } = await post.finish();
      expect(answer.status).toBe(status);
      expect(headers.get('content-type')).toBe(type);
      expect(headers.get('retry-after')).toBe(retryAfter);
      expect(headers.get('connection')).toBe('close');
      await stopped;
    },
  );

  it('answers a request that arrives just after the port closed, over a connection that was kept alive', async () => {
    const service = await startTestService();
    onTestFinished(() => service.close());
    const url = service.urls.api ?? '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(LIVE);
    await once(socket, 'data');
    const answer = text(socket);
    const stopped = service.stop();
    await refusesConnections(url);
    socket.write(LIVE);
    expect(parsed(await answer).status).toBe(200);
    await stopped;
  });

  it('answers with a problem and Retry-After while it drains without Redis', async () => {
    const redis = await ownRedis();
    const service = await startTestService({ REDIS_URL: redis.url, DRAIN_MS: '3000' });
    onTestFinished(() => service.close());
    await redis.kill();
    const stopped = service.stop();
    const { status, headers } = await service.api.post({ callSid: 'call', streamName: 'stream' });
    expect(status).toBe(503);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'retry-after': '1',
      connection: 'close',
    });
    await stopped;
  });

  it('waits no longer than SHUTDOWN_TIMEOUT_MS and leaves the attempt to the next worker', async () => {
    const service = await startTestService({ SHUTDOWN_TIMEOUT_MS: '200' });
    onTestFinished(() => service.close());
    const { simulator, api } = service;
    const call = simulator.createCall({ streams: [{ name: 'stream' }], faults: [{ fetch: 'none' }] });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream' });
    await simulator.until(call.sid, ({ updates }) => updates.length === 1);

    await service.stop();
    const job = await service.queue.queue.getJob(id);
    expect(await job?.getState()).toBe('active');
  });
});
