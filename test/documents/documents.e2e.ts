import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { signLink } from '../../src/links/link-token.js';
import { evidenceMailbox } from '../../src/evidence/evidence.js';
import { LINK_SECRET, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';
const XML = 'text/xml; charset=utf-8';

describe('a stop document', () => {
  let service: TestService;
  let base: string;
  beforeAll(async () => {
    service = await startTestService({
      MAX_ATTEMPTS: '1',
      CONFIRMATION_TIMEOUT_MS: '300',
      DEFAULT_THEN: '[{"redirect":"https://app.example.com/flow?a=1&b=2"}]',
    });
    base = `${service.urls.documents}/laml/stop-stream`;
  });
  afterAll(() => service.close());

  const claims = {
    project: 'default',
    callSid: 'call',
    stops: [{ cancellationId: 'c', streamName: 'a<b' }],
    then: [{ hangup: true as const }],
    sentAt: 0,
    awaitedUntil: Date.now() + 60_000,
    expiresAt: Date.now() + 600_000,
  };
  const link = (overrides: Partial<typeof claims> = {}, secret = LINK_SECRET) =>
    `${base}/${signLink({ ...claims, ...overrides }, secret)}`;

  const DOCUMENT =
    '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="a&lt;b"/></Stop><Hangup/></Response>';

  it('is served for GET', async () => {
    const response = await fetch(link());
    expect([response.status, response.headers.get('content-type')]).toEqual([200, XML]);
    expect(await response.text()).toBe(DOCUMENT);
  });

  it.each(['application/x-www-form-urlencoded', 'application/json', 'nonsense'])(
    'is served for POST with any body of type %s',
    async (type) => {
      for (const body of ['', 'CallSid=x&From=%2B1', '{"half":', 'x'.repeat(100_000)]) {
        const response = await fetch(link(), { method: 'POST', headers: { 'content-type': type }, body });
        expect([response.status, response.headers.get('content-type')]).toEqual([200, XML]);
        expect(await response.text()).toBe(DOCUMENT);
      }
    },
  );

  it.each(['CallSid=', 'nothing at all'])('is served although the body never ends: %j', async (sent) => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from(sent)) });
    const start = performance.now();
    const response = await fetch(link(), { method: 'POST', body, duplex: 'half' });
    expect(await response.text()).toBe(DOCUMENT);
    // SignalWire waits for 5 s.
    expect(performance.now() - start).toBeLessThan(4000);
  });

  it('stops the streams of several cancellations of a call', async () => {
    const stops = ['a<b', 'second', 'third'].map((streamName, index) => ({
      cancellationId: `${index}`,
      streamName,
    }));
    expect(await (await fetch(link({ stops }), { method: 'POST' })).text()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="a&lt;b"/></Stop>' +
        '<Stop><Stream name="second"/></Stop><Stop><Stream name="third"/></Stop><Hangup/></Response>',
    );
  });

  it('is evidence for every cancellation in it when it is fetched', async () => {
    const { REDIS_URL, QUEUE_PREFIX } = service.variables;
    const redis = new Redis(REDIS_URL);
    onTestFinished(() => redis.disconnect());
    const stops = [randomUUID(), randomUUID()].map((cancellationId) => ({ cancellationId, streamName: 'x' }));
    const mailboxes = stops.map(({ cancellationId }) => evidenceMailbox(QUEUE_PREFIX, cancellationId));
    await fetch(link({ stops }), { method: 'HEAD' });
    const before = Date.now();
    await fetch(link({ stops }));
    await vi.waitFor(async () => expect(await redis.mget(mailboxes)).not.toContain(null));
    const times = (await redis.mget(mailboxes)).map(Number);
    // The service uses the clock of Redis.
    expect(Math.abs((times[0] ?? 0) - before)).toBeLessThan(5000);
    expect(times[1]).toBe(times[0]);
    // The link may be needed for hours, but nobody waits for its evidence any more.
    for (const mailbox of mailboxes) expect(await redis.pttl(mailbox)).toBeLessThanOrEqual(60_000);
  });

  it('has no body for HEAD', async () => {
    const response = await fetch(link(), { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(XML);
    expect(await response.text()).toBe('');
  });

  it('is not found with a bad link, and the response does not tell why', async () => {
    const answers = await Promise.all(
      [
        link({ expiresAt: Date.now() - 5000 }),
        link({}, 'another secret of thirty-two bytes or more'),
        `${link()}x`,
        `${base}/x.y`,
        `${base}/nothing`,
        `${base}/${'x'.repeat(11_000)}`,
      ].map(async (url) => {
        const response = await fetch(url, { method: 'POST' });
        return [response.status, response.headers.get('content-type'), await response.text()];
      }),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify([404, XML, EMPTY])]),
    );
  });

  it.each(['GET', 'POST'])('is served for any stream by name for %s, as in the guide', async (method) => {
    const response = await fetch(`${base}?STREAMNAME=${encodeURIComponent('my "stream" +1')}`, { method });
    expect(await response.text()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="my &quot;stream&quot; +1"/></Stop>' +
        '<Redirect>https://app.example.com/flow?a=1&amp;b=2</Redirect></Response>',
    );
  });

  it.each(['', '?streamname=x', '?STREAMNAME=', '?STREAMNAME=a&STREAMNAME=b', '?STREAMNAME=%00'])(
    'is refused without exactly one usable name: %j',
    async (query) => {
      const response = await fetch(base + query);
      expect(response.status).toBe(400);
      expect(await response.text()).toBe(EMPTY);
    },
  );

  it('is evidence when it is fetched with GET, but not with HEAD', async () => {
    const { simulator, api, finished } = service;
    const statusAfter = async (method: 'HEAD' | 'GET') => {
      const call = simulator.createCall({ faults: [{ fetch: 'none' }] });
      const { id } = await api.create({ callSid: call.sid, streamName: 'stream' });
      const { updates } = await simulator.until(call.sid, (view) => view.updates.length === 1);
      await fetch(String(updates[0]?.params['Url']), { method });
      return (await finished(id)).status;
    };
    expect(await statusAfter('HEAD')).toBe('failed');
    expect(await statusAfter('GET')).toBe('succeeded');
  });
});
