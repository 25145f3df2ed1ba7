import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startSimulator } from '../src/simulator/simulator.js';
import type { Simulator } from '../src/simulator/simulator.js';
import { ownRedis } from './demo/fixtures/own-redis.js';
import { run, stop, stopped } from './support/program.js';
import type { LogLine } from './support/program.js';
import { ApiClient, testVariables } from './support/service.js';

const API_KEY = 'correct-horse-battery-staple';

/** Containers often have none. */
const HAS_IPV6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === '::1');

/** Much sooner than the 20 s that the process may wait for running attempts. */
const SOON_MS = 10_000;

describe('the process', () => {
  let simulator: Simulator;
  let variables: Record<string, string>;
  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
    variables = {
      ...(await testVariables(simulator)),
      // Several processes run at once, so each takes free ports.
      PUBLIC_PORT: '0',
      API_KEYS: `billing:${API_KEY}`,
      LOG_LEVEL: 'trace',
    };
  });
  afterAll(() => simulator.close());

  it('names every missing or wrong variable in one message and does not listen', async () => {
    const { exitCode, output, errors } = await run({ PORT: 'x', LINK_SECRET: 'too short' }).end();
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: [] });
    expect(errors.match(/Invalid environment/g)).toHaveLength(1);
    for (const name of [
      'PORT',
      'REDIS_URL',
      'PUBLIC_URL',
      'LINK_SECRET',
      'SIGNALWIRE_SPACE_URL',
      'SIGNALWIRE_PROJECT_ID',
      'SIGNALWIRE_API_TOKEN',
    ]) {
      expect(errors).toContain(`  - ${name} `);
    }
    expect(errors).not.toContain('too short');
  });

  it.each(['PORT', 'PUBLIC_PORT', 'METRICS_PORT'])('says in one line that %s is in use', async (name) => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const ROLES = name === 'METRICS_PORT' ? 'worker' : 'api,documents';
    const { exitCode, errors } = await run({
      ...variables,
      ROLES,
      LISTEN_ADDRESS: '127.0.0.1',
      [name]: String(port),
    }).end();
    expect({ exitCode, errors }).toEqual({
      exitCode: 1,
      errors: `port ${port} (${name}) is in use: stop the program that listens there, or set ${name} to another port\n`,
    });
  });

  it('refuses to start where SignalWire could not fetch documents', async () => {
    const SIGNALWIRE_SPACE_URL = 'https://example.signalwire.com';
    const { exitCode, output, errors } = await run({ ...variables, SIGNALWIRE_SPACE_URL }).end();
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: [] });
    expect(errors).toContain('PUBLIC_URL must be a public https address');
  });

  it.skipIf(!HAS_IPV6)('listens on IPv6 and IPv4', async () => {
    const service = run(variables);
    const { api } = await service.logged('started');
    const { port } = new URL(String(api));
    for (const host of ['127.0.0.1', '[::1]']) {
      expect((await fetch(`http://${host}:${port}/health/live`)).status).toBe(200);
    }
    const { tookMs, ...rest } = await stop(service, 'SIGTERM');
    expect(rest).toMatchObject(stopped);
    expect(tookMs).toBeLessThan(SOON_MS);
  });

  it('ends on SIGINT, at once if there is nothing to do', async () => {
    const service = run(variables);
    await service.logged('started');
    const { tookMs, ...rest } = await stop(service, 'SIGINT');
    expect(rest).toMatchObject(stopped);
    expect(tookMs).toBeLessThan(SOON_MS);
  });

  it('ends on a SIGTERM during its start, but not on a SIGHUP', async () => {
    // Accepts the connection and never answers, so the start waits.
    const silent = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const service = run({
      ...variables,
      REDIS_URL: `redis://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    });
    await Promise.race([
      once(silent, 'connection'),
      service.end().then(({ errors }) => Promise.reject(new Error(errors))),
    ]);
    const { output, ...rest } = await stop(service, 'SIGHUP', 'SIGTERM');
    expect(rest).toMatchObject(stopped);
    expect(output.map((line) => (JSON.parse(line) as LogLine).msg)).toContain('stopping');
  });

  it('finishes running attempts although the signal comes twice, and logs no secret', async () => {
    const { PUBLIC_PORT } = await testVariables(simulator);
    const service = run({ ...variables, PUBLIC_PORT, PUBLIC_URL: `http://127.0.0.1:${PUBLIC_PORT}` });
    const { api } = await service.logged('started');
    const call = simulator.createCall({
      streams: [{ name: 'stream' }],
      faults: [{ latencyMs: 300, fetch: { delayMs: 300 } }],
    });
    await new ApiClient(String(api), API_KEY).create({ callSid: call.sid, streamName: 'stream' });
    await simulator.until(call.sid, ({ updates }) => updates.length === 1);

    const { output, ...rest } = await stop(service, 'SIGTERM', 'SIGINT');
    expect(rest).toMatchObject(stopped);
    expect(simulator.call(call.sid).streams).toMatchObject([{ status: 'stopped' }]);

    const messages = output.map((line) => (JSON.parse(line) as LogLine).msg);
    expect(messages.filter((message) => message === 'stopping')).toHaveLength(1);
    expect(
      messages.slice(messages.indexOf('stopping')).filter((message) => message.startsWith('stop')),
    ).toEqual(['stopping', 'stopped']);
    expect(messages.at(-1)).toBe('stopped');
    const { LINK_SECRET, SIGNALWIRE_API_TOKEN } = variables;
    for (const secret of [LINK_SECRET, SIGNALWIRE_API_TOKEN, API_KEY]) {
      expect(output.join('\n')).not.toContain(secret);
    }
  });

  it('ends when Redis is lost, and when it was never there', async () => {
    const redis = await ownRedis();
    const lost = run({ ...variables, REDIS_URL: redis.url });
    await lost.logged('started');
    await redis.kill();
    const never = run({ ...variables, REDIS_URL: redis.url });
    await never.logged('started');
    for (const { tookMs, ...rest } of await Promise.all([stop(lost, 'SIGTERM'), stop(never, 'SIGTERM')])) {
      expect(rest).toMatchObject(stopped);
      expect(tookMs).toBeLessThan(SOON_MS);
    }
  });

  it('does not wait for a request that is never completed', async () => {
    const service = run(variables);
    const { api } = await service.logged('started');
    const socket = connect(Number(new URL(String(api)).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    const head = `POST /cancellations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${API_KEY}\r\nExpect: 100-continue\r\n`;
    socket.write(`${head}Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"callSid"`);
    // Node answers 100 once it has read the head.
    await once(socket, 'data');
    const { tookMs, ...rest } = await stop(service, 'SIGTERM');
    expect(rest).toMatchObject(stopped);
    expect(tookMs).toBeLessThan(SOON_MS);
  });
});
