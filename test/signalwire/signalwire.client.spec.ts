import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { signLink } from '../../src/links/link-token.js';
import {
  CallNotFoundError,
  CredentialsRefusedError,
  InvalidAnswerError,
  ProviderFailedError,
  ConnectionLostError,
  ProviderUnreachableError,
  RateLimitedError,
  RequestRejectedError,
  RequestTimedOutError,
  UpdateCallError,
} from '../../src/signalwire/signalwire.errors.js';
import type { FailureCode } from '../../src/cancellation/vocabulary.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { DeadlinePassedError } from '../../src/signalwire/transport-error.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { DocumentServer } from '../simulator/support/document-server.js';
import { OFFICIAL_CLIENTS } from '../simulator/support/official-clients.js';
import {
  API_TOKEN,
  PROJECT_ID,
  SID,
  UPDATE,
  clientOf,
  listening,
  refusalOf,
} from './fixtures/project-client.js';

const AUTHORIZATION = `Basic ${Buffer.from(`${PROJECT_ID}:${API_TOKEN}`).toString('base64')}`;

const PARAMS = { Url: UPDATE.url, Method: 'POST', FallbackUrl: UPDATE.fallbackUrl, FallbackMethod: 'POST' };
const FORM = new URLSearchParams(PARAMS).toString();

const CALL_PATH = `/api/laml/2010-04-01/Accounts/${PROJECT_ID}/Calls/${SID}`;
const CALL = { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ sid: SID }) };

/** A web server that shows the connections it was given. */
async function webServer(listener: RequestListener) {
  const sockets: Socket[] = [];
  const server = createHttpServer({ keepAliveTimeout: 0 }, listener);
  server.on('connection', (socket) => sockets.push(socket));
  const url = await listening(server);
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url, sockets, server };
}

async function answering(listener: RequestListener): Promise<string> {
  return (await webServer(listener)).url;
}

async function space(): Promise<DocumentServer> {
  const server = await DocumentServer.start();
  onTestFinished(() => server.close());
  return server;
}

/** An address at which nobody listens. */
async function deadUrl(host = '127.0.0.1'): Promise<string> {
  const server = createTcpServer();
  const { port } = new URL(await listening(server));
  server.close();
  await once(server, 'close');
  return `http://${host}:${port}`;
}

/** Every form in which an error and its causes can get into a log. */
function formsOf(error: Error): string[] {
  const forms = [
    JSON.stringify(error),
    String(error),
    inspect(error, {
      depth: Infinity,
      showHidden: true,
      maxStringLength: Infinity,
      maxArrayLength: Infinity,
    }),
  ];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    forms.push(cause.message, String(cause.stack), JSON.stringify(cause));
  }
  return forms;
}

/** Those that keep the process alive. */
const activeTimers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ log: false, projectId: PROJECT_ID, apiToken: API_TOKEN });
});
afterAll(() => simulator.close());

const callWith = (...faults: Fault[]): string => simulator.createCall({ faults }).sid;

describe('the update of a call', () => {
  it('is one form, and returns the HTTP status of its acceptance', async () => {
    const server = await space();
    server.reply(CALL_PATH, { ...CALL, status: 202 });
    await expect(clientOf(server).updateCall(SID, UPDATE)).resolves.toBe(202);
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        target: CALL_PATH,
        headers: {
          authorization: AUTHORIZATION,
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': String(FORM.length),
        },
        body: FORM,
      },
    ]);
  });

  it('takes effect', async () => {
    const sid = callWith();
    await expect(clientOf(simulator).updateCall(sid, UPDATE)).resolves.toBe(200);
    expect(simulator.call(sid).updates).toMatchObject([{ authorized: true, applied: true, params: PARAMS }]);
  });

  it.each(OFFICIAL_CLIENTS)('is what $name sends', async ({ connect }) => {
    const options = {
      url: UPDATE.url,
      method: 'POST',
      fallbackUrl: UPDATE.fallbackUrl,
      fallbackMethod: 'POST',
    };
    const sid = callWith({ fetch: 'none', times: 'always' });
    await clientOf(simulator).updateCall(sid, UPDATE);
    await connect(simulator, simulator).update(sid, options);

    const [ours, theirs] = simulator.call(sid).updates;
    expect(theirs).toMatchObject({ authorized: true, applied: true });
    expect(ours).toMatchObject({ authorized: true, applied: true });
    expect(ours?.params).toEqual(theirs?.params);
    expect(ours?.headers.accept).toBe(theirs?.headers.accept);
    expect(ours?.headers['content-type']).toBe(theirs?.headers['content-type']?.split(';')[0]);
    expect(theirs?.path).toBe(`${ours?.path.replace(/^\/api\/laml/, '')}.json`);
  });

  it.each(OFFICIAL_CLIENTS)('authorizes itself as $name does', async ({ connect }) => {
    const server = await space();
    server.reply(CALL_PATH, CALL);
    server.reply(`${CALL_PATH.replace('/api/laml', '')}.json`, CALL);
    await clientOf(server).updateCall(SID, UPDATE);
    const stranger = { ...simulator, url: server.url };
    await connect(stranger, stranger).update(SID, { url: UPDATE.url, method: 'POST' });

    const [ours, theirs] = server.requests;
    expect(ours?.headers.authorization).toBe(theirs?.headers.authorization);
    expect(ours?.method).toBe(theirs?.method);
  });

  it('names no second address where there is none', async () => {
    const server = await space();
    server.reply(CALL_PATH, CALL);
    await clientOf(server).updateCall(SID, { url: UPDATE.url, fallbackUrl: null });
    const form = new URLSearchParams(server.requests[0]?.body);
    expect(Object.fromEntries(form)).toEqual({ Url: UPDATE.url, Method: 'POST' });
  });

  it('keeps within the path of the call, whatever its SID', async () => {
    const server = await space();
    const refusal = await refusalOf(clientOf(server), '../../x?y=z#/%2e%2e');
    expect(refusal).toMatchObject({ httpStatus: 404 });
    expect(server.requests.map(({ target }) => target)).toEqual([
      `/api/laml/2010-04-01/Accounts/${PROJECT_ID}/Calls/..%2F..%2Fx%3Fy%3Dz%23%2F%252e%252e`,
    ]);
  });
});

describe('a refused update', () => {
  it('with a wrong token is a CredentialsRefusedError', async () => {
    const refusal = await refusalOf(clientOf({ ...simulator, apiToken: 'PTwrong' }), callWith());
    expect(refusal).toBeInstanceOf(CredentialsRefusedError);
    expect(refusal).toMatchObject({ code: 'unauthorized', httpStatus: 401, providerCode: '20003' });
  });

  it('of an unknown call is a CallNotFoundError', async () => {
    const refusal = await refusalOf(clientOf(simulator));
    expect(refusal).toBeInstanceOf(CallNotFoundError);
    expect(refusal).toMatchObject({ code: 'call_not_found', httpStatus: 404, providerCode: '20404' });
  });

  it.each(['queued', 'ringing', 'completed'] as const)(
    'of a call that is %s is told apart',
    async (status) => {
      const refusal = await refusalOf(clientOf(simulator), simulator.createCall({ status }).sid);
      expect(refusal).toMatchObject({ httpStatus: 400, providerCode: '21220' });
      expect(refusal.message).toContain('not in-progress');
    },
  );

  it.each([
    { status: 400, code: 21402, error: RequestRejectedError },
    { status: 429, code: 20429, error: RateLimitedError },
    { status: 500, code: 20504, error: ProviderFailedError },
    { status: 503, code: 20504, error: ProviderFailedError },
  ])('with $status is told apart', async ({ status, code, error }) => {
    const refusal = await refusalOf(clientOf(simulator), callWith({ status, code }));
    expect(refusal).toBeInstanceOf(error);
    expect(refusal).toMatchObject({ httpStatus: status, providerCode: String(code) });
  });

  it.each([
    { body: 'html', status: 502, error: ProviderFailedError },
    { body: 'empty', status: 503, error: ProviderFailedError },
    { body: 'html', status: 200, error: InvalidAnswerError },
    { body: 'empty', status: 200, error: InvalidAnswerError },
    { body: 'garbage', status: 200, error: InvalidAnswerError },
  ] as const)('with a body that is $body and $status is told apart', async ({ error, ...fault }) => {
    const refusal = await refusalOf(clientOf(simulator), callWith(fault));
    expect(refusal).toBeInstanceOf(error);
    expect(refusal).toMatchObject({ httpStatus: fault.status, providerCode: null });
    expect(refusal.message).not.toBe('');
  });

  it.each([200, 503])('with %i and 4 MiB of JSON is not read to its end', async (status) => {
    const refusal = await refusalOf(clientOf(simulator), callWith({ body: 'huge', status }));
    expect(refusal).toBeInstanceOf(InvalidAnswerError);
    expect(refusal.message).toContain('65536 bytes');
  });

  it('with a body without end, and without a length, is not read on', async () => {
    const { url } = await webServer((_request, response) => {
      const more = (): void => {
        while (response.write('x'.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    });
    expect(await refusalOf(clientOf({ url }))).toBeInstanceOf(InvalidAnswerError);
  });

  it.each([
    [429, '7', 7000],
    [503, ' 120 ', 120_000],
    [400, '1', 1000],
    [503, 'soon', null],
    [429, undefined, null],
  ])('with %i and Retry-After %j says to wait for %j ms', async (status, value, retryAfterMs) => {
    const headers = value !== undefined && { headers: { 'retry-after': value } };
    const refusal = await refusalOf(clientOf(simulator), callWith({ status, ...headers }));
    expect(refusal).toMatchObject({ httpStatus: status, retryAfterMs });
  });

  it('with a date in Retry-After says to wait as long as the clock of its sender does', async () => {
    const hourAhead = Date.now() + 3_600_000;
    const headers = {
      date: new Date(hourAhead).toUTCString(),
      'retry-after': new Date(hourAhead + 6000).toUTCString(),
    };
    const server = await space();
    server.reply(CALL_PATH, { status: 503, headers });
    expect(await refusalOf(clientOf(server))).toMatchObject({ retryAfterMs: 6000 });
  });

  it('leaves the client fit for the next', async () => {
    const client = clientOf(simulator);
    const faults: Fault[] = [{ status: 503 }, { drop: 'before' }, { body: 'huge' }, { body: 'garbage' }];
    const sid = callWith(...faults.map((fault): Fault => ({ ...fault, fetch: 'none' })));
    for (const _ of faults) await refusalOf(client, sid);
    await expect(client.updateCall(sid, UPDATE)).resolves.toBe(200);
  });
});

describe('the state of a call', () => {
  it('is read; an unknown call is a CallNotFoundError', async () => {
    const client = clientOf(simulator);
    await expect(client.callState(simulator.createCall({ status: 'ringing' }).sid)).resolves.toBe('waiting');
    await expect(client.callState(callWith())).resolves.toBe('in-progress');
    await expect(client.callState(SID)).rejects.toBeInstanceOf(CallNotFoundError);
  });
});

describe('an update without a complete answer', () => {
  it('times out where none comes', async () => {
    const server = await space();
    server.reply(CALL_PATH, 'never');
    const refusal = await refusalOf(clientOf(server, { REQUEST_TIMEOUT_MS: '100' }));
    expect(refusal).toBeInstanceOf(RequestTimedOutError);
    expect(refusal).toMatchObject({ code: 'timeout', httpStatus: null, providerCode: null, retryable: true });
    expect(refusal.message).toContain('100 ms');
    expect(refusal.cause).toBeInstanceOf(DeadlinePassedError);
  });

  it('times out where its body stops', async () => {
    const { url } = await webServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"sid":');
    });
    const refusal = await refusalOf(clientOf({ url }, { REQUEST_TIMEOUT_MS: '100' }));
    expect(refusal).toBeInstanceOf(RequestTimedOutError);
  });

  it('times out as a whole, redirects and all', async () => {
    const { url } = await webServer((request, response) => {
      if (request.url === CALL_PATH) response.writeHead(307, { location: '/never' }).end();
    });
    expect(await refusalOf(clientOf({ url }, { REQUEST_TIMEOUT_MS: '100' }))).toBeInstanceOf(
      RequestTimedOutError,
    );
  });

  it.each(['127.0.0.1', 'localhost'])('is unreachable where %s refuses the connection', async (host) => {
    const refusal = await refusalOf(clientOf({ url: await deadUrl(host) }));
    expect(refusal).toBeInstanceOf(ProviderUnreachableError);
    expect(refusal).toMatchObject({ code: 'unreachable', httpStatus: null, retryable: true });
    expect(refusal.cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect(refusal.message).toMatch(/^connection refused \(.*:\d+\)$/);
  });

  it.each(['before', 'after'] as const)(
    'is unreachable where the connection is dropped %s it took effect',
    async (drop) => {
      const sid = callWith({ drop });
      const refusal = await refusalOf(clientOf(simulator), sid);
      expect(refusal).toBeInstanceOf(ConnectionLostError);
      expect(refusal.cause).toBeInstanceOf(Error);
      expect(refusal.message).not.toBe('');
      expect(simulator.call(sid).updates).toMatchObject([{ applied: drop === 'after' }]);
    },
  );

  it('is unreachable where the body breaks off', async () => {
    const { url } = await webServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"sid":', () => response.destroy());
    });
    expect(await refusalOf(clientOf({ url }))).toBeInstanceOf(ConnectionLostError);
  });

  it('is unreachable where the other side does not speak HTTP', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('SSH-2.0-OpenSSH_9.2\r\n');
    });
    const url = await listening(server);
    onTestFinished(() => {
      server.close();
    });
    expect(await refusalOf(clientOf({ url }))).toBeInstanceOf(UpdateCallError);
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('by %i is followed with all that was sent', async (status) => {
    const server = await space();
    server.reply(CALL_PATH, { status, headers: { location: '/elsewhere?a=1' } });
    server.reply('/elsewhere', CALL);
    await expect(clientOf(server).updateCall(SID, UPDATE)).resolves.toBe(200);

    const [first, second, ...more] = server.requests;
    expect(more).toEqual([]);
    expect(second).toMatchObject({ method: 'POST', target: '/elsewhere?a=1', body: FORM });
    expect(second?.headers).toEqual(first?.headers);
    expect(second?.headers.authorization).toBe(AUTHORIZATION);
  });

  it('is followed relative to where it was met, and by its whole address', async () => {
    const server = await space();
    server.reply(CALL_PATH, { status: 307, headers: { location: 'x/y' } });
    server.reply(CALL_PATH.replace(SID, 'x/y'), { status: 308, headers: { location: 'z' } });
    server.reply(CALL_PATH.replace(SID, 'x/z'), { status: 307, headers: { location: `${server.url}/end` } });
    server.reply('/end', CALL);
    await expect(clientOf(server).updateCall(SID, UPDATE)).resolves.toBe(200);
    expect(server.requests.at(-1)).toMatchObject({ target: '/end', body: FORM });
    expect(server.requests).toHaveLength(4);
  });

  it('is not followed without end', async () => {
    const server = await space();
    server.reply(CALL_PATH, { status: 307, headers: { location: CALL_PATH } });
    const refusal = await refusalOf(clientOf(server));
    expect(refusal).toBeInstanceOf(InvalidAnswerError);
    expect(refusal.message).toContain('redirects');
    expect(server.requests).toHaveLength(4);
  });

  it('to nowhere is an invalid answer', async () => {
    const server = await space();
    server.reply(CALL_PATH, { status: 307 });
    const refusal = await refusalOf(clientOf(server));
    expect(refusal).toBeInstanceOf(InvalidAnswerError);
    expect(refusal).toMatchObject({ httpStatus: 307 });
    expect(server.requests).toHaveLength(1);
  });

  it('never takes the credentials to another origin', async () => {
    const [server, other] = [await space(), await space()];
    other.reply('/', CALL);
    const port = new URL(other.url).port;
    const locations = [
      `${other.url}/`,
      `//127.0.0.1:${port}/`,
      `http:\\\\127.0.0.1:${port}\\`,
      `http://user:password@127.0.0.1:${port}/`,
      server.url.replace('http:', 'https:'),
      server.url.replace('127.0.0.1', 'localhost'),
      'http://[',
      'file:///etc/hosts',
      'data:application/json,{"sid":"a"}',
    ];
    const client = clientOf(server);
    for (const location of locations) {
      server.reply(CALL_PATH, { status: 307, headers: { location } });
      const refusal = await refusalOf(client);
      expect([location, refusal]).toMatchObject([location, { code: 'invalid_response', httpStatus: 307 }]);
      expect(refusal.message).toContain('another origin');
    }
    await client.onApplicationShutdown();
    expect(server.requests).toHaveLength(locations.length);
    expect(other.requests).toEqual([]);
  });
});

describe('connections', () => {
  /** A connection is not yet free when its answer has been read, so that the next update may take a second one. */
  const AT_ONCE = 2;

  it('are kept from one update to the next', async () => {
    const { url, sockets } = await webServer((request, response) => {
      request.resume();
      response.writeHead(200, CALL.headers).end(CALL.body);
    });
    const client = clientOf({ url });
    for (let update = 0; update < 20; update += 1) await client.updateCall(SID, UPDATE);
    expect(sockets.length).toBeLessThanOrEqual(AT_ONCE);
  });

  it('are kept over refusals and redirects', async () => {
    const statuses = Array.from({ length: 5 }, () => [404, 307, 503, 307, 200]).flat();
    const { url, sockets } = await webServer((request, response) => {
      request.resume();
      const status = statuses.shift() ?? 200;
      const headers = status === 307 ? { ...CALL.headers, location: '/elsewhere' } : CALL.headers;
      response.writeHead(status, headers).end(CALL.body);
    });
    const client = clientOf({ url });
    for (let round = 0; round < 5; round += 1) {
      expect(await refusalOf(client)).toBeInstanceOf(CallNotFoundError);
      expect(await refusalOf(client)).toBeInstanceOf(ProviderFailedError);
      await client.updateCall(SID, UPDATE);
    }
    expect(statuses).toEqual([]);
    expect(sockets.length).toBeLessThanOrEqual(AT_ONCE);
  });

  it('are at most as many as there are jobs at a time', async () => {
    const held: (() => void)[] = [];
    const { url, sockets } = await webServer((request, response) => {
      request.resume();
      held.push(() => response.writeHead(200, CALL.headers).end(CALL.body));
      if (held.length >= 2) for (const answer of held.splice(0)) answer();
    });
    const client = clientOf({ url }, { WORKER_CONCURRENCY: '2' });
    await Promise.all(Array.from({ length: 10 }, () => client.updateCall(SID, UPDATE)));
    expect(sockets).toHaveLength(2);
  });

  it('are closed with the client, those in use too', async () => {
    let requests = 0;
    const { url, sockets, server } = await webServer((request, response) => {
      request.resume();
      requests += 1;
      if (requests === 1) response.writeHead(200, CALL.headers).end(CALL.body);
    });
    const timers = activeTimers();
    const client = clientOf({ url });
    await client.updateCall(SID, UPDATE);
    const broken = refusalOf(client);
    await once(server, 'request');
    const closed = Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    );

    await client.onApplicationShutdown();
    await closed;
    expect(await broken).toBeInstanceOf(ConnectionLostError);
    expect(await refusalOf(client)).toBeInstanceOf(ProviderUnreachableError);
    expect(requests).toBe(2);
    expect(activeTimers()).toBeLessThanOrEqual(timers);
  });
});

describe('the API token', () => {
  const ways: readonly { way: string; url: () => Promise<string>; variables?: Record<string, string> }[] = [
    { way: 'a refused connection', url: () => deadUrl() },
    { way: 'a dropped connection', url: () => answering((_request, response) => response.destroy()) },
    { way: 'a timeout', url: () => answering(() => undefined), variables: { REQUEST_TIMEOUT_MS: '100' } },
    {
      way: 'an endless body',
      url: () => answering((_request, response) => response.end('x'.repeat(100_000))),
    },
    { way: 'a wrong status', url: () => answering((_request, response) => response.writeHead(401).end()) },
    { way: 'HTML', url: () => answering((_request, response) => response.end('<html></html>')) },
    {
      way: 'a redirect away',
      url: () =>
        answering((_request, response) => response.writeHead(307, { location: 'http://x.invalid/' }).end()),
    },
    {
      way: 'a redirect in circles',
      url: () => answering((_request, response) => response.writeHead(307, { location: '/' }).end()),
    },
    {
      way: 'broken HTTP',
      url: () => answering(({ socket }) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n')),
    },
  ];

  it.each(ways)('is nowhere in the error that $way leads to', async ({ url, variables }) => {
    const error = await refusalOf(clientOf({ url: await url() }, variables));
    const shown = formsOf(error);
    for (const secret of [API_TOKEN, AUTHORIZATION, AUTHORIZATION.slice('Basic '.length)]) {
      expect(shown.filter((text) => text.includes(secret))).toEqual([]);
    }
  });
});

const LINK_TOKEN = signLink(
  {
    project: 'default',
    callSid: 'call-1',
    stops: [{ cancellationId: 'c-1', streamName: 'stream' }],
    then: [],
    sentAt: 0,
    awaitedUntil: 2_000_000_000_000,
    expiresAt: 2_000_000_000_000,
  },
  'a secret of thirty-two bytes or more',
);
const LINKS = {
  url: `https://stop.example.com/base/laml/stop-stream/${LINK_TOKEN}`,
  fallbackUrl: `https://other.example.com/laml/stop-stream/${LINK_TOKEN}`,
};

/** What an error may repeat of a request; each alone, since a message is cut. */
const ECHOES: readonly ((headers: string, form: string) => string)[] = [
  (headers, form) => `${headers} ${form}`,
  (_, form) => form,
  (_, form) => encodeURIComponent(form),
  (_, form) => new URLSearchParams(form).get('Url') ?? '',
  (headers) => encodeURIComponent(headers.slice(headers.indexOf('Basic '))),
];

type Echoed = (echo: string, response: ServerResponse) => void;

const ECHOED: readonly { way: string; code: FailureCode; answer: Echoed }[] = [
  ...(
    [
      [300, 'invalid_response'],
      [400, 'rejected'],
      [401, 'unauthorized'],
      [404, 'call_not_found'],
      [429, 'rate_limited'],
      [503, 'provider_error'],
    ] as const
  ).flatMap(([status, code]) => [
    {
      way: `${status}, a code and a message`,
      code,
      answer: (echo: string, response: ServerResponse) =>
        response.writeHead(status).end(JSON.stringify({ code: echo, message: echo })),
    },
    {
      way: `${status} and a list of texts`,
      code,
      answer: (echo: string, response: ServerResponse) =>
        response.writeHead(status).end(JSON.stringify({ errors: [echo] })),
    },
  ]),
  { way: '200 and a text', code: 'invalid_response', answer: (echo, response) => response.end(echo) },
  {
    way: 'too long a body',
    code: 'invalid_response',
    answer: (echo, response) => response.end(echo.padEnd(100_000, echo)),
  },
  {
    way: 'a redirect away',
    code: 'invalid_response',
    answer: (echo, response) =>
      response.writeHead(307, { location: `http://x.invalid/?${encodeURIComponent(echo)}` }).end(),
  },
  {
    way: 'a body that stops',
    code: 'timeout',
    answer: (echo, response) => response.writeHead(200, { 'content-length': '9999' }).write(echo),
  },
  {
    way: 'a body that breaks off',
    code: 'unreachable',
    answer: (echo, response) =>
      response.writeHead(400, { 'content-length': '9999' }).write(echo, () => response.destroy()),
  },
  {
    way: 'no HTTP',
    code: 'unreachable',
    answer: (echo, { socket }) => socket?.end(`${echo}\r\n\r\n`),
  },
  {
    way: 'broken HTTP',
    code: 'unreachable',
    answer: (echo, { socket }) => socket?.end(`HTTP/1.1 400 Bad\r\ncontent-length: ${echo}\r\n\r\n`),
  },
];

/** What our update is refused with by a server that has our request to make its answer of. */
async function refusalBy(answer: (request: string, form: string, response: ServerResponse) => void) {
  const url = await answering((request, response) => {
    void text(request).then((form) => answer(JSON.stringify(request.headers), form, response));
  });
  const client = clientOf({ url }, { REQUEST_TIMEOUT_MS: '250' });
  return client.updateCall(SID, LINKS).catch((error: unknown) => error);
}

describe('a server that repeats our request', () => {
  it.each(ECHOED)('with $way has neither link nor credentials in its error', async ({ code, answer }) => {
    const basic = AUTHORIZATION.slice('Basic '.length);
    const [payload = '', signature = ''] = LINK_TOKEN.split('.');
    const secrets = [API_TOKEN, basic, encodeURIComponent(basic), payload.slice(0, 20), signature];
    for (const echo of ECHOES) {
      const error = await refusalBy((headers, form, response) => answer(echo(headers, form), response));
      expect(error).toMatchObject({ code });
      const shown = formsOf(error as UpdateCallError);
      for (const secret of secrets) expect(shown.filter((text) => text.includes(secret))).toEqual([]);
    }
  });

  it('is understood all the same', async () => {
    const refusal = await refusalBy((_headers, form, response) => {
      const message = `Url ${new URLSearchParams(form).get('Url')} is not valid`;
      response.writeHead(400).end(JSON.stringify({ code: 21205, message }));
    });
    expect(refusal).toMatchObject({
      providerCode: '21205',
      message: 'Url https://stop.example.com/base/laml/stop-stream/(token) is not valid',
    });
  });
});
