import { createHmac } from 'node:crypto';
import { Agent, request as send } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { signLink } from '../../../src/links/link-token.js';
import type { LinkClaims } from '../../../src/links/link-token.js';
import { ownRedis } from '../../demo/fixtures/own-redis.js';
import { LINK_SECRET, startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { templatesFolder, withVerbs } from '../../templates/fixtures.js';

const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';
const XML = 'text/xml; charset=utf-8';
const DOCUMENT =
  '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="stream"/></Stop></Response>';

const CLAIMS: LinkClaims = {
  project: 'default',
  callSid: 'call',
  stops: [{ cancellationId: 'c', streamName: 'stream' }],
  then: [],
  sentAt: Date.now(),
  awaitedUntil: Date.now() + 600_000,
  expiresAt: Date.now() + 600_000,
};
/** A token with a right signature over any text. */
const signed = (text: string) => {
  const payload = tokenOf().slice(0, 11) + Buffer.from(text).toString('base64url');
  return `${payload}.${createHmac('sha256', LINK_SECRET).update(payload).digest('base64url')}`;
};
const tokenOf = (claims: Partial<LinkClaims> = {}, secret = LINK_SECRET) =>
  signLink({ ...CLAIMS, ...claims }, secret);
const GOOD = `/laml/stop-stream/${tokenOf()}`;

/** The test's client uses another connection for HEAD. */
const CHANGING = new Set(['connection', 'date', 'keep-alive']);
const headersOf = (response?: Response) =>
  Object.fromEntries([...(response?.headers ?? [])].filter(([name]) => !CHANGING.has(name)));

describe('the public port', () => {
  let service: TestService;
  let port: number;
  beforeAll(async () => {
    service = await startTestService({ ROLES: 'documents' });
    port = Number(service.variables.PUBLIC_PORT);
  });
  afterAll(() => service.close());

  const at = (path: string) => service.variables.PUBLIC_URL + path;

  const raw = async (head: string): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(head);
    return socket;
  };

  const BAD_TOKENS: Record<string, string> = {
    malformed: 'nothing',
    'of the right form': `${'A'.repeat(100)}.${'A'.repeat(43)}`,
    'wrongly signed': `${tokenOf().slice(0, -1)}${tokenOf().endsWith('A') ? 'B' : 'A'}`,
    expired: tokenOf({ expiresAt: Date.now() - 60_000 }),
    truncated: tokenOf().slice(0, 40),
    'without its first character': tokenOf().slice(1),
    'of another secret': tokenOf({}, 'another secret of thirty-two bytes or more'),
    'too long': `${tokenOf()}${'x'.repeat(13_000)}`,
    'rightly signed, of another version': signed(
      JSON.stringify(['default', 'call', [['c', 'stream']], [], Date.now()]),
    ),
    'rightly signed, of a later version': signed('[3,"default","call",[["c","stream"]],[],1,false,1]'),
    'rightly signed, not JSON': signed('nothing'),
    undecodable: '%zz',
    empty: '',
  };

  it.each(['GET', 'HEAD', 'POST'])(
    'answers %s with the same bytes, whatever is wrong with the token',
    async (method) => {
      const answers = await Promise.all(
        Object.values(BAD_TOKENS).map(async (token) => {
          const response = await fetch(at(`/laml/stop-stream/${token}`), { method });
          return {
            status: response.status,
            headers: headersOf(response),
            body: await response.text(),
          };
        }),
      );
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect(answers[0]).toMatchObject({ status: 404, body: method === 'HEAD' ? '' : EMPTY });
      expect(Object.keys(answers[0]?.headers ?? {}).toSorted()).toEqual([
        'cache-control',
        'content-length',
        'content-type',
      ]);
      expect(answers[0]?.headers['content-type']).toBe(XML);
    },
  );

  it.each(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'HEAD'])(
    'answers %s to an unknown route with an empty document',
    async (method) => {
      const sent = send(at('/cancellations?STREAMNAME=x'), { method }).end();
      const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
      expect([response.statusCode, response.headers['content-type']]).toEqual([404, XML]);
      expect(await text(response)).toBe(method === 'HEAD' ? '' : EMPTY);
    },
  );

  it('answers HEAD like GET without the body', async () => {
    for (const path of [GOOD, '/laml/stop-stream?STREAMNAME=x', '/laml/stop-stream', '/nowhere']) {
      const [get, head] = await Promise.all(['GET', 'HEAD'].map((method) => fetch(at(path), { method })));
      expect([head?.status, headersOf(head)]).toEqual([get?.status, headersOf(get)]);
      expect(await head?.text()).toBe('');
    }
  });

  it('sends nothing before the XML declaration', async () => {
    const response = await fetch(at(GOOD), { method: 'POST' });
    expect(Buffer.from(await response.arrayBuffer()).toString('latin1')).toBe(DOCUMENT);
  });

  it('keeps the connection open, whatever the response was', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (const path of [GOOD, '/laml/stop-stream/bad', '/nowhere', '/laml/stop-stream', GOOD]) {
      const sent = send(at(path), { agent, method: 'POST' }).end('CallSid=x');
      const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
      ports.add(response.socket.localPort);
      await text(response);
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  it.each([
    ['a head that is too long', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
    ['something that is not HTTP', 'nonsense\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    ['a CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n', 405],
  ])('answers %s with an empty document', async (_, sent, status) => {
    const answer = await text(await raw(sent));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain(`content-type: ${XML}`);
    expect(answer.toLowerCase()).toContain('cache-control: no-store');
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe(EMPTY);
  });

  it.each([
    ['no host', ''],
    ['an unknown expectation', 'Host: x\r\nExpect: foo\r\n'],
    ['an unknown upgrade', 'Host: x\r\nConnection: upgrade, close\r\nUpgrade: foo\r\n'],
  ])('serves a request with %s', async (_, head) => {
    const answer = await text(await raw(`GET ${GOOD} HTTP/1.1\r\n${head}Connection: close\r\n\r\n`));
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe(DOCUMENT);
  });

  it.each([
    ['a document', GOOD, 200],
    ['a document by name', '/laml/stop-stream?STREAMNAME=x', 200],
    ['a bad link', '/laml/stop-stream/bad', 404],
    ['a status callback', '/laml/stream-status', 204],
    ['an unknown template', '/laml/templates/none', 404],
    ['an unknown route', '/nowhere', 404],
  ])('forbids caching of %s', async (_, path, status) => {
    const response = await fetch(at(path), { method: 'POST' });
    expect([response.status, response.headers.get('cache-control')]).toEqual([status, 'no-store']);
  });

  it('does not reveal its software', async () => {
    const answers = await Promise.all([
      fetch(at('/nowhere')),
      fetch(at('/laml/stop-stream/%zz')),
      fetch(at('/laml/stop-stream'), { method: 'POST', body: '{"__proto__":1' }),
      fetch(at(GOOD), { headers: { 'content-type': 'nonsense', accept: 'application/json' } }),
    ]);
    for (const response of answers) {
      const all = `${JSON.stringify([...response.headers])}${await response.text()}`;
      expect(all).not.toMatch(/fastify|nest|node|powered|server|streamstop|json|error|stack|src\//i);
    }
  });

  it('measures the delay of each fetch', async () => {
    const sentAt = Date.now() - 700;
    await fetch(at(`/laml/stop-stream/${tokenOf({ sentAt })}`));
    await fetch(at(`/laml/stop-stream/${tokenOf({ sentAt })}`), { method: 'HEAD' });
    const metrics = await (await fetch(`${service.urls.operations}/metrics`)).text();
    const value = (name: string) => Number(new RegExp(`^streamstop_${name} (\\S+)`, 'm').exec(metrics)?.[1]);
    expect(value('document_fetch_delay_seconds_bucket\\{le="0.5"\\}')).toBeLessThan(
      value('document_fetch_delay_seconds_count'),
    );
    expect(value('documents_total\\{result="fetched"\\}')).toBe(value('document_fetch_delay_seconds_count'));
    expect(value('documents_total\\{result="head"\\}')).toBeGreaterThan(0);
  });
});

describe('while Redis hangs', () => {
  it.each(['documents', 'api,worker,documents'])(
    'a process with %s serves the port as usual',
    async (ROLES) => {
      const redis = await ownRedis();
      const templates = await templatesFolder({ 'plain.xml': withVerbs('') });
      onTestFinished(templates.remove);
      const service = await startTestService({ ROLES, REDIS_URL: redis.url, TEMPLATES_DIR: templates.path });
      onTestFinished(() => service.close());
      redis.pause();
      onTestFinished(() => redis.resume());
      const { SIGNALWIRE_PROJECT_ID: AccountSid, PUBLIC_URL } = service.variables;
      const stopped = { AccountSid, CallSid: 'c', StreamName: 's', StreamEvent: 'stream-stopped' };
      const body = new URLSearchParams(stopped);
      const byTemplate = `/laml/stop-stream/${tokenOf({ then: { template: 'plain', otherwise: [] } })}`;
      for (const [method, path, status] of [
        ['POST', GOOD, 200],
        ['GET', GOOD, 200],
        ['HEAD', GOOD, 200],
        ['POST', byTemplate, 200],
        ['POST', '/laml/templates/plain?STREAMNAME=x', 200],
        ['POST', '/laml/stop-stream?STREAMNAME=x', 200],
        ['POST', '/laml/stream-status', 204],
        ['GET', `/laml/stream-status?${body.toString()}`, 204],
      ] as const) {
        const took: number[] = [];
        for (let i = 0; i < 10; i += 1) {
          const start = performance.now();
          const response = await fetch(PUBLIC_URL + path, { method, ...(method === 'POST' && { body }) });
          const answer = await response.text();
          took.push(performance.now() - start);
          expect([response.status, answer.includes('<Stop>')]).toEqual([
            status,
            status === 200 && method !== 'HEAD',
          ]);
        }
        // The fastest counts: the others may have waited for the machine.
        expect(Math.min(...took)).toBeLessThan(100);
      }
    },
  );
});
