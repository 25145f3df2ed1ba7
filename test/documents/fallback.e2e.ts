import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Verb } from '../../src/cxml/verbs.js';
import { freePort } from '../../src/demo/free-port.js';
import { readLink } from '../../src/links/link-token.js';
import type { CallView } from '../../src/simulator/calls/call-view.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { DocumentServer } from '../simulator/support/document-server.js';
import { LINK_SECRET, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { templatesFolder, withVerbs } from '../templates/fixtures.js';

/** Nobody listens here. */
const DEAD = 'http://127.0.0.1:9';
const NUMBER = '+15551234567';

let simulator: Simulator;
/** The application of an internal service. */
let app: DocumentServer;
let service: TestService;

beforeAll(async () => {
  simulator = await startSimulator({ log: false });
  app = await DocumentServer.start();
  service = await startTestService({}, simulator);
});
afterAll(async () => {
  await service.close();
  await app.close();
  await simulator.close();
});

const start = async (variables: Record<string, string>): Promise<TestService> => {
  const started = await startTestService(variables, simulator);
  onTestFinished(() => started.close());
  return started;
};

/** A service that SignalWire can reach only at `FALLBACK_URL`. */
async function reachedAtFallback(variables: Record<string, string> = {}): Promise<TestService> {
  const port = await freePort();
  const FALLBACK_URL = `http://127.0.0.1:${port}`;
  return start({ PUBLIC_PORT: String(port), PUBLIC_URL: DEAD, FALLBACK_URL, ...variables });
}

const templates = async (files: Record<string, string>): Promise<string> => {
  const folder = await templatesFolder(files);
  onTestFinished(folder.remove);
  return folder.path;
};

const ended = ({ endedAt }: CallView) => endedAt !== null;
const doing = (verb: string) => (call: CallView) => call.activity?.verb === verb;
const rolesOf = ({ fetches }: CallView) => fetches.map(({ role }) => role);

/** The SID of a new call whose stream is being stopped. */
async function cancelled(asked: { then?: readonly Verb[]; template?: string }, by = service) {
  const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
  await by.api.create({ callSid: sid, streamName: 'stream', ...asked });
  return sid;
}

/** Whether the link of the fallback is valid so much later. */
async function isValidIn(ms: number, sid: string) {
  const { updates } = await simulator.until(sid, ({ fetches }) => fetches.length > 0);
  const link = updates.at(-1)?.params['FallbackUrl'] ?? '';
  return readLink(link.split('/').at(-1) ?? '', LINK_SECRET, Date.now() + ms) !== null;
}

describe('a call that SignalWire sends to the fallback when a later address fails', () => {
  /** Each redirect is served twice: by the link and by its fallback. */
  const REDIRECTED = ['url', 'redirect', 'fallbackUrl', 'redirect', 'fallbackUrl'];

  it('ends after the fallback’s redirect is dead too', async () => {
    const sid = await cancelled({ then: [{ say: 'One moment' }, { redirect: `${DEAD}/ivr` }] });
    const call = await simulator.until(sid, ended);
    expect(call).toMatchObject({
      endReason: 'out_of_verbs',
      said: ['One moment', 'One moment'],
      streams: [{ status: 'stopped' }],
    });
    expect(rolesOf(call)).toEqual(REDIRECTED);
  });

  it('continues if the redirect failed only once', async () => {
    const body = '<Response><Gather/></Response>';
    const redirect = app.reply('/restarted', [{ status: 503 }, { body }]);
    const sid = await cancelled({ then: [{ say: 'One moment' }, { redirect, method: 'GET' }] });
    const call = await simulator.until(sid, doing('Gather'));
    expect(call).toMatchObject({ status: 'in-progress', said: ['One moment', 'One moment'] });
    expect(rolesOf(call)).toEqual(REDIRECTED.slice(0, 4));
    expect(call.fetches.at(-1)).toMatchObject({ url: redirect, method: 'GET' });
  });

  it('dials once more if the action of the dial is dead', async () => {
    const sid = await cancelled({ then: [{ dial: NUMBER, action: `${DEAD}/after` }] });
    for (const dials of [1, 2]) {
      await simulator.until(sid, (call) => doing('Dial')(call) && call.dials.length === dials);
      simulator.endDial(sid, 'completed');
    }
    const call = await simulator.until(sid, ended);
    expect(call).toMatchObject({ endReason: 'out_of_verbs', dials: [{ to: NUMBER }, { to: NUMBER }] });
    expect(rolesOf(call)).toEqual(['url', 'action', 'fallbackUrl', 'action', 'fallbackUrl']);
  });

  it('hears the text once if the document itself was another server’s', async () => {
    const foreign = await start({
      DOCUMENT_URL: `${DEAD}/{streamName}`,
      REQUIRED_EVIDENCE: 'accepted',
      DEFAULT_THEN: `[{"say":"One moment"},{"redirect":"${DEAD}/ivr"}]`,
    });
    const call = await simulator.until(await cancelled({}, foreign), ended);
    expect(call).toMatchObject({ endReason: 'out_of_verbs', said: ['One moment'] });
    expect(rolesOf(call)).toEqual(['url', 'fallbackUrl', 'redirect', 'fallbackUrl']);
  });

  it('gets the template twice if the template’s redirect is dead', async () => {
    const wanted = await start({
      TEMPLATES_DIR: await templates({
        'ivr.xml': withVerbs(`<Say>Hello</Say><Redirect>${DEAD}/</Redirect>`),
      }),
    });
    const call = await simulator.until(await cancelled({ template: 'ivr' }, wanted), ended);
    expect(call).toMatchObject({ endReason: 'out_of_verbs', said: ['Hello', 'Hello'] });
    expect(rolesOf(call)).toEqual(REDIRECTED);
  });
});

/** The codes of its warnings, of a new cancellation, once its call has got so far. */
async function warned(
  request: { then?: readonly Verb[]; template?: string },
  when: (call: CallView) => boolean,
  by = service,
) {
  const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
  const { id } = await by.api.create({ callSid: sid, streamName: 'stream', ...request });
  expect(await by.finished(id)).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
  await simulator.until(sid, when);
  const codes = async () => (await by.api.get(id)).warnings.map(({ code }) => code);
  return { codes };
}

describe('a cancellation whose call is sent to the fallback', () => {
  it('is warned that the fallback ended the call, although it had succeeded before', async () => {
    const { codes } = await warned({ then: [{ redirect: `${DEAD}/ivr` }] }, ended);
    await vi.waitFor(async () => expect(await codes()).toEqual(['fallback_ended_call']));
  });

  it('is warned where the default that replaces its template lets the call end', async () => {
    const documents = await start({ ROLES: 'documents' });
    const { PUBLIC_URL, QUEUE_PREFIX } = documents.variables;
    const folder = await templates({ 'stay.xml': withVerbs('<Enqueue>support</Enqueue>') });
    const asking = await start({ ROLES: 'api,worker', PUBLIC_URL, QUEUE_PREFIX, TEMPLATES_DIR: folder });
    const { codes } = await warned({ template: 'stay' }, ended, asking);
    await vi.waitFor(async () => expect(await codes()).toEqual(['fallback_ended_call']));
  });

  it('is not warned where the fallback keeps the call', async () => {
    const redirect = app.reply('/up-again', [{ status: 503 }, { body: '<Response><Gather/></Response>' }]);
    const { codes } = await warned({ then: [{ redirect, method: 'GET' }] }, doing('Gather'));
    expect(await codes()).toEqual([]);
  });

  it('is not warned where nobody needed the fallback', async () => {
    const { codes } = await warned({ then: [{ say: 'Bye' }] }, ended);
    expect(await codes()).toEqual(['call_ends']);
  });
});

describe('the fallback', () => {
  const HOUR_MS = 3_600_000;

  it.each<[string, Verb[], number]>([
    ['ends after the longest dial', [{ dial: NUMBER, action: `${DEAD}/after` }], 4 * HOUR_MS],
    ['pauses before a redirect', [{ pause: 3600 }, { redirect: `${DEAD}/ivr` }], HOUR_MS],
    ['leaves a queue', [{ enqueue: 'support' }, { redirect: `${DEAD}/ivr` }], 24 * HOUR_MS],
  ])('is there for a call that %s', async (_, then, ms) => {
    const sid = await cancelled({ then });
    expect(await isValidIn(ms, sid)).toBe(true);
    expect(await isValidIn(30 * HOUR_MS, sid)).toBe(false);
  });

  it('is there for a day if nobody can tell how long the document runs', async () => {
    const own = await start({
      TEMPLATES_DIR: await templates({ 'stay.xml': withVerbs('<Pause length="600"/>') }),
    });
    expect(await isValidIn(24 * HOUR_MS, await cancelled({ template: 'stay' }, own))).toBe(true);
    const foreign = await start({ DOCUMENT_URL: `${DEAD}/{streamName}`, REQUIRED_EVIDENCE: 'accepted' });
    expect(await isValidIn(24 * HOUR_MS, await cancelled({}, foreign))).toBe(true);
  });
});

describe('a call whose document cannot be fetched', () => {
  it('gets the whole document from the fallback', async () => {
    const half = await reachedAtFallback();
    const sid = await cancelled({ then: [{ say: 'One moment' }, { enqueue: 'support' }] }, half);
    const call = await simulator.until(sid, doing('Enqueue'));
    expect(call).toMatchObject({ said: ['One moment'], streams: [{ status: 'stopped' }] });
    expect(rolesOf(call)).toEqual(['url', 'fallbackUrl']);
  });

  it('gets its template from the fallback', async () => {
    const TEMPLATES_DIR = await templates({ 'stay.xml': withVerbs('<Say>Hello</Say><Pause length="600"/>') });
    const half = await reachedAtFallback({ TEMPLATES_DIR });
    const call = await simulator.until(await cancelled({ template: 'stay' }, half), doing('Pause'));
    expect(call).toMatchObject({ said: ['Hello'], streams: [{ status: 'stopped' }] });
  });

  it('does what the project’s default says if the template is gone', async () => {
    const documents = await start({ ROLES: 'documents' });
    const { PUBLIC_URL, QUEUE_PREFIX } = documents.variables;
    const asking = await start({
      ROLES: 'api,worker',
      PUBLIC_URL,
      QUEUE_PREFIX,
      TEMPLATES_DIR: await templates({ 'stay.xml': withVerbs('<Pause length="600"/>') }),
      DEFAULT_THEN: '[{"enqueue":"support"}]',
    });
    const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
    const { id } = await asking.api.create({ callSid: sid, streamName: 'stream', template: 'stay' });
    expect(await asking.finished(id)).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    const call = await simulator.until(sid, doing('Enqueue'));
    expect(call).toMatchObject({ status: 'in-progress', streams: [{ status: 'stopped' }] });
    expect(call.fetches).toMatchObject([
      { role: 'url', status: 404 },
      { role: 'fallbackUrl', status: 200 },
    ]);
    expect(await (await fetch(`${documents.urls.operations}/metrics`)).text()).toMatch(
      /^streamstop_documents_total\{result="template_failed"\} [1-9]/m,
    );
  });
});
