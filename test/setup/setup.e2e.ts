import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { freePort } from '../../src/demo/free-port.js';
import type { CheckView, SetupReportView } from '../../src/setup/check.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { startTestService } from '../support/service.js';

const HOUR_MS = 3_600_000;

const SIGNING_KEY = 'PSKtest1234567890abcdef';

/** A proxy in front of the public port, which listens on `url`. */
async function proxied(listener: (publicUrl: string) => RequestListener) {
  const publicPort = await freePort();
  const proxy = createServer(listener(`http://127.0.0.1:${publicPort}`));
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void proxy.close());
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return { url, variables: { PUBLIC_PORT: String(publicPort), PUBLIC_URL: url } };
}

const forward = async (url: string, response: Parameters<RequestListener>[1]): Promise<void> => {
  response.end(await (await fetch(url)).text());
};

describe('the setup check', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
  });
  afterAll(() => simulator.close());

  async function reportOf(overrides: Record<string, string>): Promise<SetupReportView> {
    const service = await startTestService({ ROLES: 'api,documents', ...overrides }, simulator);
    onTestFinished(() => service.close());
    const response = await service.api.request('/setup');
    expect(response.status).toBe(200);
    return (await response.json()) as SetupReportView;
  }

  const checkOf = async (name: string, overrides: Record<string, string>): Promise<CheckView | undefined> =>
    (await reportOf(overrides)).checks.find((check) => check.name === name);

  it('is fine with everything in order', async () => {
    expect(await reportOf({ SIGNALWIRE_SIGNING_KEY: SIGNING_KEY })).toMatchObject({
      checks: [
        { name: 'redis', project: null },
        { name: 'signalwire', project: 'default', status: 'ok', advice: null },
        { name: 'signing_key', project: 'default', status: 'ok' },
        { name: 'clock', project: 'default', status: 'ok', advice: null },
        { name: 'public_url', project: null, status: 'ok' },
      ],
    });
  });

  it('says that SignalWire refuses the credentials', async () => {
    expect(await checkOf('signalwire', { SIGNALWIRE_API_TOKEN: 'wrong' })).toMatchObject({
      status: 'failed',
      advice: expect.stringContaining('scope Voice') as unknown,
    });
  });

  it("says that SignalWire's clock shows another time", async () => {
    const space = createServer((_, response) => {
      const date = new Date(Date.now() + HOUR_MS).toUTCString();
      response.writeHead(404, { date, 'content-type': 'application/json' }).end('{"code":20404}');
    });
    await once(space.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void space.close());
    const url = `http://127.0.0.1:${(space.address() as AddressInfo).port}`;
    const { checks } = await reportOf({ SIGNALWIRE_SPACE_URL: url });
    expect(checks.find(({ name }) => name === 'signalwire')).toMatchObject({ status: 'ok' });
    expect(checks.find(({ name }) => name === 'clock')).toMatchObject({
      project: 'default',
      status: 'warning',
      message: expect.stringMatching(/is (3599|3600|3601) s behind SignalWire's/) as unknown,
      advice: expect.stringContaining('NTP') as unknown,
    });
  });

  it('says that SignalWire cannot be reached', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const check = await checkOf('signalwire', { SIGNALWIRE_SPACE_URL: url });
    expect(check).toMatchObject({ status: 'failed', message: expect.stringMatching(/refused/i) as unknown });
    expect(check?.advice).toContain(url);
  });

  it('takes a path prefix that the proxy removes', async () => {
    const { url, variables } = await proxied(
      (target) => (request, response) =>
        void forward(target + String(request.url).replace('/prefix', ''), response),
    );
    expect(await checkOf('public_url', { ...variables, PUBLIC_URL: `${url}/prefix` })).toMatchObject({
      status: 'ok',
    });
  });

  it('is made through the proxy that leads to the Internet', async () => {
    const { variables } = await proxied(() => () => undefined);
    const tunnels: unknown[] = [];
    const proxy = createServer().on('connect', (request, client) => {
      tunnels.push(request.url);
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      const target = connect(Number(variables.PUBLIC_PORT), '127.0.0.1');
      for (const socket of [client, target]) socket.on('error', () => undefined);
      client.pipe(target).pipe(client);
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void proxy.close());
    const HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const PUBLIC_URL = 'http://stop.internal';
    expect(await checkOf('public_url', { ...variables, PUBLIC_URL, HTTP_PROXY })).toMatchObject({
      status: 'ok',
    });
    expect(tunnels).toContain('stop.internal:80');
  });

  it('says that the query gets lost', async () => {
    const { variables } = await proxied(
      (target) => (request, response) =>
        void forward(target + String(request.url).replace(/\?.*/, ''), response),
    );
    expect(await checkOf('public_url', variables)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('without the query') as unknown,
    });
  });

  it('says that the address leads somewhere else', async () => {
    const { variables } = await proxied(() => (_, response) => void response.writeHead(404).end());
    expect(await checkOf('public_url', variables)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('404') as unknown,
    });
  });

  it('says that the address leads to a deployment with another secret', async () => {
    const other = await startTestService(
      { ROLES: 'documents', LINK_SECRET: randomUUID().repeat(2) },
      simulator,
    );
    onTestFinished(() => other.close());
    const check = await checkOf('fallback_url', { FALLBACK_URL: other.variables.PUBLIC_URL });
    expect(check).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('somewhere else') as unknown,
    });
  });

  it('says that nothing listens', async () => {
    expect(await checkOf('public_url', { ROLES: 'api' })).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('ECONNREFUSED') as unknown,
    });
  });

  it('says that the name does not resolve', async () => {
    expect(await checkOf('fallback_url', { FALLBACK_URL: 'https://nowhere.invalid' })).toMatchObject({
      status: 'failed',
      message: 'nowhere.invalid does not resolve',
    });
  });

  it('says that the certificate is not valid', async () => {
    const [key, cert] = await Promise.all(
      ['self-signed.key', 'self-signed'].map((name) =>
        readFile(new URL(`fixtures/${name}.pem`, import.meta.url)),
      ),
    );
    const server = createTlsServer({ key, cert }, (_, response) => void response.end());
    await once(server.listen(0), 'listening');
    onTestFinished(() => void server.close());
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    expect(await checkOf('fallback_url', { FALLBACK_URL: url })).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('certificate is not valid') as unknown,
    });
  });

  it('gives those who ask at once the same report', async () => {
    const answering = new AbortController();
    const released = once(answering.signal, 'abort');
    const space = createServer((_, response) => void released.then(() => response.writeHead(404).end()));
    await once(space.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void space.close());
    const { port } = space.address() as AddressInfo;
    const service = await startTestService(
      { ROLES: 'api,documents', SIGNALWIRE_SPACE_URL: `http://127.0.0.1:${port}` },
      simulator,
    );
    onTestFinished(() => service.close());
    const asked = Array.from({ length: 20 }, async () => (await service.api.request('/setup')).json());
    // It is answered after them.
    await service.api.request('/health/live');
    answering.abort();
    const reports = await Promise.all(asked);
    expect(new Set(reports.map((report) => JSON.stringify(report))).size).toBe(1);
  });

  it('answers a ping with nothing but a UUID', async () => {
    const service = await startTestService(
      { ROLES: 'documents', SIGNALWIRE_SIGNING_KEY: SIGNING_KEY },
      simulator,
    );
    onTestFinished(() => service.close());
    const statusOf = async (nonce: string) =>
      (await fetch(`${service.variables.PUBLIC_URL}/laml/ping/${nonce}`)).status;
    expect(await statusOf(randomUUID())).toBe(200);
    expect(await statusOf('anything')).toBe(404);
  });

  it.each([
    ['0 if nothing failed', {}, 0, /^ok {7}signalwire \(default\): /m],
    ['1 if something failed', { SIGNALWIRE_API_TOKEN: 'wrong' }, 1, /^failed {3}signalwire \(default\): /m],
  ])('as a command exits with %s', { timeout: 60_000 }, async (_, overrides, exitCode, line) => {
    const service = await startTestService({ ROLES: 'documents' }, simulator);
    onTestFinished(() => service.close());
    const env = { ...service.variables, ...overrides };
    const run = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
      execFile(process.execPath, ['setup-check.js'], { cwd: inject('built'), env }, (error, stdout) =>
        resolve({ code: error?.code ?? 0, stdout }),
      );
    });
    expect(run.stdout).toMatch(line);
    expect(run.code).toBe(exitCode);
  });
});
