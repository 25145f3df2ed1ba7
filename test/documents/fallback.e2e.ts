import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Verb } from '../../src/cxml/verbs.js';
import { freePort } from '../../src/demo/free-port.js';
import type { CallView } from '../../src/simulator/calls/call-view.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { DocumentServer } from '../simulator/support/document-server.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { templatesFolder, withVerbs } from '../templates/fixtures.js';

/** Where nobody listens. */
const DEAD = 'http://127.0.0.1:9';
const NUMBER = '+15551234567';

let simulator: Simulator;
/** The internal services' own application. */
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

/** A service that SignalWire reaches at its second address alone. */
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

/** The SID of a call whose stream is being cancelled. */
async function cancelled(asked: { then?: readonly Verb[]; template?: string }, by = service) {
  const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
  await by.api.create({ callSid: sid, streamName: 'stream', ...asked });
  return sid;
}

describe('a call that SignalWire sends to the fallback, once what comes next has failed,', () => {
  const REDIRECTED = ['url', 'redirect', 'fallbackUrl', 'redirect', 'fallbackUrl'];

  it('asks for a dead redirect once more and ends, and the caller hears the text once', async () => {
    const sid = await cancelled({ then: [{ say: 'One moment' }, { redirect: `${DEAD}/ivr` }] });
    const call = await simulator.until(sid, ended);
    expect(call).toMatchObject({
      endReason: 'out_of_verbs',
      said: ['One moment'],
      streams: [{ status: 'stopped' }],
    });
    expect(rolesOf(call)).toEqual(REDIRECTED);
  });

  it('goes on where a redirect failed once', async () => {
    const body = '<Response><Gather/></Response>';
    const redirect = app.reply('/restarted', [{ status: 503 }, { body }]);
    const sid = await cancelled({ then: [{ say: 'One moment' }, { redirect, method: 'GET' }] });
    const call = await simulator.until(sid, doing('Gather'));
    expect(call).toMatchObject({ status: 'in-progress', said: ['One moment'] });
    expect(rolesOf(call)).toEqual(REDIRECTED.slice(0, 4));
    expect(call.fetches.at(-1)).toMatchObject({ url: redirect, method: 'GET' });
  });

  it('rings the other party of a dial with a dead action once, and then ends', async () => {
    const sid = await cancelled({ then: [{ dial: NUMBER, action: `${DEAD}/after` }] });
    await simulator.until(sid, doing('Dial'));
    simulator.endDial(sid, 'completed');
    const call = await simulator.until(sid, ended);
    expect(call).toMatchObject({ endReason: 'out_of_verbs', dials: [{ to: NUMBER }] });
    expect(call.dials).toHaveLength(1);
    expect(rolesOf(call)).toEqual(['url', 'action', 'fallbackUrl', 'redirect', 'fallbackUrl']);
  });

  it('hears the text once, where the document itself was another server’s', async () => {
    const foreign = await start({
      DOCUMENT_URL: `${DEAD}/{streamName}`,
      REQUIRED_EVIDENCE: 'accepted',
      DEFAULT_THEN: `[{"say":"One moment"},{"redirect":"${DEAD}/ivr"}]`,
    });
    const sid = await cancelled({}, foreign);
    const call = await simulator.until(sid, ended);
    expect(call).toMatchObject({ endReason: 'out_of_verbs', said: ['One moment'] });
    expect(rolesOf(call)).toEqual([
      'url',
      'fallbackUrl',
      'redirect',
      'fallbackUrl',
      'redirect',
      'fallbackUrl',
    ]);
  });

  it('does what the project wants, where it is a template that leads nowhere', async () => {
    const wanted = await start({
      TEMPLATES_DIR: await templates({
        'ivr.xml': withVerbs(`<Say>Hello</Say><Redirect>${DEAD}/</Redirect>`),
      }),
      DEFAULT_THEN: '[{"say":"Hold on"},{"enqueue":"support"}]',
    });
    const sid = await cancelled({ template: 'ivr' }, wanted);
    const call = await simulator.until(sid, doing('Enqueue'));
    expect(call).toMatchObject({ status: 'in-progress', said: ['Hello', 'Hold on'] });
    expect(rolesOf(call)).toEqual(['url', 'redirect', 'fallbackUrl']);
  });
});

describe('a call whose document cannot be had', () => {
  it('gets all of it from the fallback', async () => {
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

  it('does what the project wants, where the template is gone', async () => {
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
