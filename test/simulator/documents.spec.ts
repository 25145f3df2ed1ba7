import { RestClient } from '@signalwire/compatibility-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallView } from '../../src/simulator/calls/call-view.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { DocumentServer } from './support/document-server.js';
import { laml } from './support/send.js';

const SIGNING_KEY = 'PSKtest';

let simulator: Simulator;
let documents: DocumentServer;

beforeAll(async () => {
  simulator = await startSimulator({ log: false, signingKey: SIGNING_KEY, readTimeoutMs: 1000 });
  documents = await DocumentServer.start();
});

afterAll(async () => {
  await simulator.close();
  await documents.close();
});

const ended = ({ status }: CallView) => status === 'completed';
const ran = (name: string) => (call: CallView) => call.verbs.some((verb) => verb.name === name);

async function update(sid: string, form: Record<string, string>): Promise<void> {
  expect(await laml(simulator, sid, { form })).toMatchObject({ status: 200 });
}

/** Creates a call with two streams and updates it with `form`. */
async function callWith(form: Record<string, string>): Promise<string> {
  const { sid } = simulator.createCall({ streams: [{ name: 'stream' }, { name: 'other' }] });
  await update(sid, form);
  return sid;
}

describe('a document', () => {
  it('that runs out of verbs ends the call and all its streams', async () => {
    const Url = documents.document(
      '/guide',
      '<Stop><Stream name="stream"/></Stop><Say>Stopping stream</Say>',
    );
    const call = await simulator.until(await callWith({ Url }), ended);
    expect(call.verbs.map(({ name }) => name)).toEqual(['Stop', 'Say']);
    expect(call.streams.map(({ status }) => status)).toEqual(['stopped', 'stopped']);
    expect(call.endedAt).not.toBeNull();
  });

  it.each([
    '<Dial>+15551234567</Dial>',
    '<Enqueue>support</Enqueue>',
    '<Record/>',
    '<Gather/>',
    '<Connect><Stream/></Connect>',
    '<Pause length="3600"/>',
  ])('stops one stream and leaves the call in %s', async (verb) => {
    const Url = documents.document('/keep', `<Stop><Stream name="stream"/></Stop>${verb}`);
    const call = await simulator.until(await callWith({ Url }), (view) => view.verbs.length === 2);
    expect(call.status).toBe('in-progress');
    expect(call.streams).toMatchObject([
      { name: 'stream', status: 'stopped', stoppedAt: expect.any(String) as string },
      { name: 'other', status: 'in-progress', stoppedAt: null },
    ]);
    expect(call.warnings).toEqual([]);
  });

  it('continues after a pause', async () => {
    const Url = documents.document(
      '/pause',
      '<Pause length="0"/><Play>https://example.com/a.mp3</Play><Hangup/><Say>no</Say>',
    );
    const call = await simulator.until(await callWith({ Url }), ended);
    expect(call.verbs.map(({ name }) => name)).toEqual(['Pause', 'Play', 'Hangup']);
  });

  it('continues with another by Redirect, relative to its own address', async () => {
    documents.document('/flow/next', '<Say>resumed</Say><Dial>+15551234567</Dial>');
    const Url = documents.document(
      '/flow/start',
      '<Redirect method="GET">next?a=1&amp;b=2</Redirect><Say>never</Say>',
    );
    const call = await simulator.until(await callWith({ Url }), ran('Dial'));
    expect(call).toMatchObject({ status: 'in-progress', said: ['resumed'] });
    expect(call.fetches).toMatchObject([
      { role: 'url', url: Url, method: 'POST', error: null },
      { role: 'redirect', url: `${documents.url}/flow/next?a=1&b=2`, method: 'GET', error: null },
    ]);
  });

  it('never resumes after another has replaced it', async () => {
    const first = documents.document('/first', '<Pause length="3600"/><Say>never</Say>');
    const second = documents.document('/second', '<Say>second</Say>');
    const sid = await callWith({ Url: first });
    await simulator.until(sid, ran('Pause'));
    await update(sid, { Url: second });
    const call = await simulator.until(sid, ended);
    expect(call.said).toEqual(['second']);
  });

  it('has its fetch aborted when another replaces it', async () => {
    const never = documents.reply('/never', 'never');
    const sid = await callWith({ Url: never });
    await update(sid, { Url: documents.document('/instead', '<Dial>+15551234567</Dial>') });
    const { fetches } = await simulator.until(sid, (call) => call.fetches.length === 2);
    expect(fetches.find(({ url }) => url === never)?.error).toEqual({
      code: null,
      message: 'Aborted: the document was replaced or the call ended',
    });
  });

  it('stops when the call ends', async () => {
    const sid = await callWith({ Url: documents.document('/wait', '<Pause length="3600"/>') });
    await simulator.until(sid, ran('Pause'));
    expect(simulator.endCall(sid)).toMatchObject({
      status: 'completed',
      streams: [{ status: 'stopped' }, { status: 'stopped' }],
    });
  });

  it('speaks for as long as the call specifies', async () => {
    const { sid } = simulator.createCall({ sayMs: 3_600_000 });
    await update(sid, { Url: documents.document('/say', '<Say>slow</Say><Say>never</Say>') });
    const call = await simulator.until(sid, ({ said }) => said.length > 0);
    expect(call).toMatchObject({ status: 'in-progress', said: ['slow'] });
  });

  it('has unknown streams, nouns and verbs skipped with a warning', async () => {
    const verbs = '<Stop><Stream name="STREAM"/><Stream/><Siprec/></Stop><Sms>x</Sms><Say>on</Say>';
    const call = await simulator.until(await callWith({ Url: documents.document('/odd', verbs) }), ended);
    expect(call.said).toEqual(['on']);
    expect(call.warnings).toEqual([
      'Unknown element <Stop><Siprec> skipped',
      'Nothing stopped: no running stream has the name STREAM',
      'Nothing stopped: <Stream> has no name',
      'Unknown verb <Sms> skipped',
    ]);
  });
});

describe('the fetch of a document', () => {
  it('is a signed form sent by POST', async () => {
    const Url = `${documents.document('/signed', '<Hangup/>')}?STREAMNAME=my%20stream`;
    const call = await simulator.until(await callWith({ Url: `${Url}#rt=1000` }), ended);
    const request = documents.requests.find(({ target }) => target.startsWith('/signed'));
    const params = Object.fromEntries(new URLSearchParams(request?.body));
    expect(request).toMatchObject({ method: 'POST', target: '/signed?STREAMNAME=my%20stream' });
    expect(params).toEqual({
      AccountSid: simulator.projectId,
      ApiVersion: '2010-04-01',
      CallSid: call.sid,
      CallStatus: 'in-progress',
      Direction: 'inbound',
      From: call.from,
      To: call.to,
    });
    const signature = String(request?.headers['x-signalwire-signature']);
    expect(RestClient.validateRequest(SIGNING_KEY, signature, Url, params)).toBe(true);
  });

  it('by GET has its parameters in the address, which the signature covers', async () => {
    const Url = `${documents.document('/get', '<Hangup/>')}?STREAMNAME=s`;
    const call = await simulator.until(await callWith({ Url, Method: 'GET' }), ended);
    const request = documents.requests.find(({ target }) => target.startsWith('/get'));
    expect(request).toMatchObject({ method: 'GET', body: '' });
    const address = `${documents.url}${request?.target}`;
    expect(address.startsWith(`${Url}&AccountSid=`)).toBe(true);
    expect(new URL(address).searchParams.get('CallSid')).toBe(call.sid);
    const signature = String(request?.headers['x-signalwire-signature']);
    expect(RestClient.validateRequest(SIGNING_KEY, signature, address, {})).toBe(true);
  });

  it('follows three redirects', async () => {
    documents.document('/r4', '<Say>there</Say>');
    documents.reply('/r3', { status: 307, headers: { location: '/r4' } });
    documents.reply('/r2', { status: 303, headers: { location: '/r3' } });
    const Url = documents.reply('/r1', { status: 308, headers: { location: `${documents.url}/r2` } });
    const call = await simulator.until(await callWith({ Url }), ended);
    expect(call.said).toEqual(['there']);
    expect(
      documents.requests.filter(({ target }) => /^\/r\d/.test(target)).map(({ method }) => method),
    ).toEqual(['POST', 'POST', 'GET', 'GET']);
  });

  const FAILURES: [string, () => string, { status: number | null; error: { code: number | null } }][] = [
    ['404', () => `${documents.url}/missing`, { status: 404, error: { code: 11217 } }],
    ['500', () => documents.reply('/500', { status: 500 }), { status: 500, error: { code: 11217 } }],
    [
      'a wrong content type',
      () => documents.reply('/html', { headers: { 'content-type': 'text/html' }, body: '<Response/>' }),
      { status: 200, error: { code: 12300 } },
    ],
    [
      'malformed XML',
      () => documents.reply('/bad', { body: '<Response><Say></Response>' }),
      { status: 200, error: { code: 12100 } },
    ],
    [
      'another root',
      () => documents.reply('/root', { body: '<Reply/>' }),
      { status: 200, error: { code: 12100 } },
    ],
    [
      'more than 64 kB',
      () => documents.document('/huge', `<Say>${'x'.repeat(65_536)}</Say>`),
      { status: null, error: { code: 11750 } },
    ],
    [
      'endless redirects',
      () => documents.reply('/loop', { status: 302, headers: { location: '/loop' } }),
      { status: null, error: { code: 11215 } },
    ],
    ['a timeout', () => documents.reply('/never', 'never'), { status: null, error: { code: 11200 } }],
    ['a refused connection', () => 'http://127.0.0.1:1/', { status: null, error: { code: null } }],
  ];

  it.each(FAILURES)(
    'is not repeated after %s, and the call ends without a fallback',
    async (_, address, failure) => {
      const call = await simulator.until(await callWith({ Url: address() }), ended);
      expect(call.fetches).toMatchObject([{ role: 'url', ...failure }]);
      expect(call.verbs).toEqual([]);
      expect(call.warnings).toEqual(['The call ends: no document could be fetched']);
    },
  );

  it.each(FAILURES)('goes to FallbackUrl after %s', async (_, address, failure) => {
    const FallbackUrl = documents.document(
      '/fallback',
      '<Stop><Stream name="stream"/></Stop><Dial>+15551234567</Dial>',
    );
    const sid = await callWith({ Url: address(), FallbackUrl, FallbackMethod: 'GET' });
    const call = await simulator.until(sid, ran('Dial'));
    expect(call).toMatchObject({
      status: 'in-progress',
      streams: [{ status: 'stopped' }, { status: 'in-progress' }],
    });
    expect(call.fetches).toMatchObject([
      { role: 'url', ...failure },
      { role: 'fallbackUrl', url: FallbackUrl, method: 'GET', status: 200, error: null },
    ]);
  });

  it('ends the call if the fallback fails too', async () => {
    const Url = `${documents.url}/missing`;
    const call = await simulator.until(await callWith({ Url, FallbackUrl: Url }), ended);
    expect(call.fetches.map(({ role }) => role)).toEqual(['url', 'fallbackUrl']);
  });
});
