import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.js';
import { control } from './support/send.js';

interface Asked {
  readonly request: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A service that gives every request the same answer. */
async function startService(status: number, answer: string, headers: Record<string, string> = {}) {
  const asked: Asked[] = [];
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await json(request);
    asked.push({ request: `${request.method} ${request.url}`, headers: request.headers, body });
    response.writeHead(status, headers).end(answer);
  };
  const server = createServer((request, response) => void respond(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const CANCELLATION = { callSid: 'call', streamName: 'stream', then: [{ pause: 60 }] };

async function press(serviceUrl: string) {
  const simulator = await startSimulator({ log: false, serviceUrl, serviceApiKey: 'the-key' });
  onTestFinished(() => simulator.close());
  return control(simulator, 'POST', '/cancellations', CANCELLATION);
}

it.each(['', '/', '/below/a/path'])(
  "passes a cancellation on to the service at SERVICE_URL%s, with its key, and gives the service's answer",
  async (path) => {
    const service = await startService(202, '{"id":"1","status":"queued"}');
    expect(await press(service.url + path)).toEqual({ status: 202, body: { id: '1', status: 'queued' } });
    expect(service.asked).toMatchObject([
      {
        request: `POST ${path === '/' ? '' : path}/cancellations`,
        headers: { authorization: 'Bearer the-key', 'content-type': 'application/json' },
        body: CANCELLATION,
      },
    ]);
  },
);

it.each([
  [401, '{"detail":"No such key"}', 'the service answered 401: No such key'],
  [503, '<html>', 'the service answered 503: Service Unavailable'],
])('gives the reason of a service that answers %i with %s', async (status, answer, message) => {
  const service = await startService(status, answer);
  expect(await press(service.url)).toEqual({ status, body: { statusCode: status, message } });
});

it('does not follow a redirect with the key', async () => {
  const other = await startService(202, '{}');
  const service = await startService(307, '', { location: other.url });
  expect((await press(service.url)).status).toBe(502);
  expect(other.asked).toEqual([]);
});

it('takes no form, which a page of another origin could send', async () => {
  const service = await startService(202, '{}');
  const simulator = await startSimulator({ log: false, serviceUrl: service.url });
  onTestFinished(() => simulator.close());
  const form = { method: 'POST', body: new URLSearchParams({ callSid: 'call', streamName: 'stream' }) };
  expect((await fetch(`${simulator.url}/simulator/cancellations`, form)).status).toBe(415);
  expect(service.asked).toEqual([]);
});

it('says that no service answers, and which variable names its address', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await promisify(server.close.bind(server))();
  const { status, body } = await press(url);
  expect(status).toBe(502);
  expect(body).toMatchObject({ message: `the service does not answer at ${url} (SERVICE_URL)` });
});
