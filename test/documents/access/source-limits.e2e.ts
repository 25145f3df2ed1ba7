import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signLink } from '../../../src/links/link-token.js';
import { signForm } from '../../../src/simulator/outgoing/signature.js';
import { LINK_SECRET, startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { templatesFolder, withVerbs } from '../../templates/fixtures.js';

const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';
const KEY = 'PSK0123456789abcdef';

const CLAIMS = {
  project: 'default',
  callSid: 'call',
  stops: [{ cancellationId: 'c', streamName: 'stream' }],
  then: [],
  sentAt: Date.now(),
  awaitedUntil: Date.now() + 600_000,
  expiresAt: Date.now() + 600_000,
};
const GOOD = `/laml/stop-stream/${signLink(CLAIMS, LINK_SECRET)}`;
const BAD = '/laml/stop-stream/bad';
const BY_NAME = '/laml/stop-stream?STREAMNAME=stream';
const STATUS = '/laml/stream-status';
const TEMPLATE = '/laml/templates/plain?STREAMNAME=stream';
const ALLOWED = 3;

const from = (address: string) => ({ 'x-forwarded-for': address });

describe('a source that makes too many unverified requests', () => {
  let service: TestService;
  let templates: Awaited<ReturnType<typeof templatesFolder>>;
  beforeAll(async () => {
    templates = await templatesFolder({ 'plain.xml': withVerbs('') });
  });
  afterEach(() => service.close());
  afterAll(() => templates.remove());

  const start = async (variables: Record<string, string> = {}) => {
    service = await startTestService({
      ROLES: 'documents',
      SOURCE_REQUESTS_PER_MINUTE: String(ALLOWED),
      TEMPLATES_DIR: templates.path,
      ...variables,
    });
  };
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(service.variables.PUBLIC_URL + path, { headers });
  const statusOf = async (path: string, headers?: Record<string, string>) =>
    (await get(path, headers)).status;
  const statusesOf = async (times: number, path: string, headers?: Record<string, string>) => {
    const statuses: number[] = [];
    for (let i = 0; i < times; i += 1) statuses.push(await statusOf(path, headers));
    return statuses;
  };
  const signed = (path: string, key = KEY) => ({
    'x-signalwire-signature': signForm(key, service.variables.PUBLIC_URL + path, {}),
  });

  it.each([
    ['bad links', BAD, 404],
    ['unknown routes', '/nowhere', 404],
    ['documents by name', BY_NAME, 200],
    ['documents without a name', '/laml/stop-stream', 400],
    ['templates', TEMPLATE, 200],
    ['unknown templates', '/laml/templates/none?STREAMNAME=stream', 404],
    ['status callbacks', `${STATUS}?AccountSid=nobody`, 204],
  ])('gets 429 after too many %s, but never for a valid link', async (_, path, status) => {
    await start();
    expect(await statusesOf(ALLOWED + 1, path)).toEqual([...Array<number>(ALLOWED).fill(status), 429]);
    for (const other of [BAD, '/nowhere', BY_NAME, STATUS, TEMPLATE]) expect(await statusOf(other)).toBe(429);
    expect(await statusesOf(2 * ALLOWED, GOOD)).toEqual(Array<number>(2 * ALLOWED).fill(200));

    const refused = await get(path);
    expect([refused.headers.get('content-type'), await refused.text()]).toEqual([
      'text/xml; charset=utf-8',
      EMPTY,
    ]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    const metrics = await (await fetch(`${service.urls.operations}/metrics`)).text();
    expect(metrics).toMatch(/^streamstop_requests_limited_total 7$/m);
  });

  it('is not charged for valid links', async () => {
    await start();
    expect(await statusesOf(2 * ALLOWED, GOOD)).not.toContain(429);
    expect(await statusOf(BAD)).toBe(404);
  });

  it('gets 429 after too many wrong signatures of any length, but never for right ones', async () => {
    await start({ SIGNALWIRE_SIGNING_KEY: KEY });
    const AccountSid = service.variables.SIGNALWIRE_PROJECT_ID;
    const callback = `${STATUS}?AccountSid=${AccountSid}`;
    const post = async (form: Record<string, string>) => {
      const { status } = await fetch(service.variables.PUBLIC_URL + callback, {
        method: 'POST',
        headers: signed(callback, 'PSKother'),
        body: new URLSearchParams(form),
      });
      return status;
    };
    const long = { x: 'x'.repeat(60_000) };
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`f${index}`, 'x']));
    const statuses: number[] = [];
    for (const form of [{}, long, many, long, many]) statuses.push(await post(form));
    expect(statuses).toEqual([403, 403, 403, 429, 429]);
    expect(await statusesOf(2 * ALLOWED, callback, signed(callback))).toEqual(
      Array<number>(2 * ALLOWED).fill(204),
    );
  });

  it('is served on every route with a right signature, and refused with a wrong one', async () => {
    await start({ SIGNALWIRE_SIGNING_KEY: KEY });
    expect(await statusesOf(ALLOWED + 1, BY_NAME, signed(BY_NAME, 'PSKother'))).toEqual([403, 403, 403, 429]);
    expect(await statusOf(GOOD)).toBe(429);
    expect(await statusOf(BY_NAME, { 'x-signalwire-signature': 'x' })).toBe(429);
    expect(await statusOf('/nowhere', signed('/nowhere'))).toBe(429);
    const right = await Promise.all(
      [GOOD, BY_NAME, TEMPLATE, STATUS, BAD].map((path) => statusOf(path, signed(path))),
    );
    expect(right).toEqual([200, 200, 200, 204, 404]);
    expect(await statusesOf(2 * ALLOWED, BAD, signed(BAD))).not.toContain(429);
  });

  it('gets 429 despite a signature if there is no signing key', async () => {
    await start();
    await statusesOf(ALLOWED, BAD);
    for (const path of [BY_NAME, TEMPLATE, STATUS, BAD]) expect(await statusOf(path, signed(path))).toBe(429);
  });

  it('is the connection’s address, whatever X-Forwarded-For says', async () => {
    await start();
    for (let i = 0; i < ALLOWED; i += 1) await statusOf(BAD, from(`192.0.2.${i}`));
    expect(await statusOf(BAD, from('192.0.2.200'))).toBe(429);
  });

  it('is the address that a trusted proxy forwards, an IPv6 /64 as a whole', async () => {
    await start({ TRUSTED_PROXIES: '127.0.0.0/8,10.0.0.0/8' });
    await statusesOf(ALLOWED, BAD, from('203.0.113.9, 192.0.2.1, 10.1.2.3'));
    expect(await statusOf(BAD, from('192.0.2.1'))).toBe(429);
    expect(await statusOf(BAD, from('203.0.113.9'))).toBe(404);
    for (let i = 0; i < ALLOWED; i += 1) await statusOf(BAD, from(`2001:db8:1:2::${i}`));
    expect(await statusOf(BAD, from('2001:db8:1:2:3::1'))).toBe(429);
    expect(await statusOf(BAD, from('2001:db8:1:3::1'))).toBe(404);
  });

  it('does not change with the port that a trusted proxy forwards', async () => {
    await start({ TRUSTED_PROXIES: '127.0.0.1' });
    for (let i = 0; i < ALLOWED; i += 1) await statusOf(BAD, from(`192.0.2.1:${5000 + i}`));
    expect(await statusOf(BAD, from('192.0.2.1'))).toBe(429);
    for (let i = 0; i < ALLOWED; i += 1) await statusOf(BAD, from(`[2001:db8::1]:${i}`));
    expect(await statusOf(BAD, from('2001:db8::2'))).toBe(429);
  });

  it('is the proxy if the proxy forwards something that is not an address', async () => {
    await start({ TRUSTED_PROXIES: '127.0.0.1' });
    for (let i = 0; i < ALLOWED; i += 1) await statusOf(BAD, from(`unknown-${i}`));
    expect(await statusOf(BAD, from('unknown'))).toBe(429);
    expect(await statusOf(BAD)).toBe(429);
  });
});
