import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallView, DialStatus } from '../../src/simulator/calls/call-view.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { DocumentServer } from './support/document-server.js';
import { control, laml } from './support/send.js';

const HOUR_MS = 3_600_000;

let simulator: Simulator;
let documents: DocumentServer;

beforeAll(async () => {
  simulator = await startSimulator({ log: false });
  documents = await DocumentServer.start();
});

afterAll(async () => {
  await simulator.close();
  await documents.close();
});

const ended = ({ endedAt }: CallView) => endedAt !== null;
const doing = (verb: string) => (call: CallView) => call.activity?.verb === verb;

async function update(sid: string, form: Record<string, string>): Promise<void> {
  expect(await laml(simulator, sid, { form })).toMatchObject({ status: 200 });
}

/** Creates a call and makes it run a document with these verbs. */
async function callWith(verbs: string, input = {}): Promise<string> {
  const { sid } = simulator.createCall(input);
  await update(sid, { Url: documents.document(`/run/${sid}`, verbs) });
  return sid;
}

/** The forms posted to `path`, in order. */
const formsAt = (path: string) =>
  documents.requests
    .filter(({ target }) => target === path)
    .map(({ body }) => Object.fromEntries(new URLSearchParams(body)));

describe("a call's activity", () => {
  it('is null before the first document', () => {
    expect(simulator.createCall()).toMatchObject({ activity: null, dials: [], endReason: null });
  });

  it.each([
    ['<Say>slow</Say>', { verb: 'Say', text: 'slow' }],
    ['<Play>https://example.com/a.mp3</Play>', { verb: 'Play', text: 'https://example.com/a.mp3' }],
    ['<Pause length="3600"/>', { verb: 'Pause', text: '' }],
    ['<Dial>+15551234567</Dial>', { verb: 'Dial', text: '+15551234567' }],
    ['<Dial><Sip>sip:a@example.com</Sip></Dial>', { verb: 'Dial', text: 'sip:a@example.com' }],
    ['<Enqueue>support</Enqueue>', { verb: 'Enqueue', text: 'support' }],
    ['<Gather/>', { verb: 'Gather', text: '' }],
  ])('is the verb that the call is in: %s', async (verb, activity) => {
    const sid = await callWith(`${verb}<Say>never</Say>`, { sayMs: HOUR_MS });
    const call = await simulator.until(sid, ({ activity: is }) => is !== null);
    expect(call).toMatchObject({ status: 'in-progress', activity, endReason: null });
    expect(Date.parse(call.activity?.since ?? '')).not.toBeNaN();
    expect(simulator.endCall(sid)).toMatchObject({ activity: null, endReason: 'hung_up' });
  });

  it('is null while the next document is being fetched', async () => {
    const sid = await callWith('<Pause length="3600"/>');
    await simulator.until(sid, doing('Pause'));
    await update(sid, { Url: documents.reply('/never', 'never') });
    expect(simulator.call(sid)).toMatchObject({ status: 'in-progress', activity: null });
  });

  it('can have different durations for playing and speaking', async () => {
    const sid = await callWith('<Play>https://example.com/a.mp3</Play><Say>slow</Say>', {
      sayMs: HOUR_MS,
      playMs: 1,
    });
    const call = await simulator.until(sid, doing('Say'));
    expect(call.verbs.map(({ name }) => name)).toEqual(['Play', 'Say']);
  });
});

describe('a dial', () => {
  it('lasts until the other leg hangs up; then the next verb runs', async () => {
    const sid = await callWith('<Dial callerId="+15550001">+15551234567</Dial><Enqueue>after</Enqueue>');
    const { dials } = await simulator.until(sid, doing('Dial'));
    expect(dials).toMatchObject([
      { to: '+15551234567', callerId: '+15550001', status: null, endedAt: null, dropped: false },
    ]);
    simulator.endDial(sid);
    const call = await simulator.until(sid, doing('Enqueue'));
    expect(call).toMatchObject({
      activity: { text: 'after' },
      dials: [{ status: 'completed', endedAt: expect.any(String) as string, dropped: false }],
    });
  });

  it('ends the call if no verb and no action follows', async () => {
    const sid = await callWith('<Dial>+15551234567</Dial>');
    await simulator.until(sid, doing('Dial'));
    simulator.endDial(sid, 'busy');
    expect(await simulator.until(sid, ended)).toMatchObject({
      status: 'completed',
      endReason: 'out_of_verbs',
      dials: [{ status: 'busy' }],
    });
  });

  it.each(['completed', 'busy', 'no-answer', 'failed', 'canceled'] satisfies DialStatus[])(
    'continues with its action after %s instead of the next verb',
    async (status) => {
      documents.document('/dialled', '<Say>after</Say><Enqueue>support</Enqueue>');
      const sid = await callWith('<Dial action="/dialled">+15551234567</Dial><Say>never</Say>');
      await simulator.until(sid, doing('Dial'));
      simulator.endDial(sid, status);
      const call = await simulator.until(sid, doing('Enqueue'));
      expect(call.said).toEqual(['after']);
      expect(call.fetches).toMatchObject([
        { role: 'url' },
        { role: 'action', url: `${documents.url}/dialled`, method: 'POST', error: null },
      ]);
      expect(formsAt('/dialled').at(-1)).toMatchObject({
        CallSid: sid,
        CallStatus: 'in-progress',
        DialCallSid: call.dials[0]?.sid,
        DialCallStatus: status,
        DialCallDuration: expect.stringMatching(status === 'completed' ? /^\d+$/ : /^0$/) as string,
      });
    },
  );

  it('fetches its action by GET if requested', async () => {
    const sid = await callWith('<Dial action="/by-get" method="GET">+15551234567</Dial>');
    await simulator.until(sid, doing('Dial'));
    simulator.endDial(sid);
    expect((await simulator.until(sid, ended)).fetches.at(-1)).toMatchObject({
      role: 'action',
      method: 'GET',
    });
  });

  it('drops the other leg on an update, and its action is fetched before the new document', async () => {
    documents.document('/interrupted', '<Say>never</Say>');
    const sid = await callWith('<Dial action="/interrupted">+15551234567</Dial>');
    await simulator.until(sid, doing('Dial'));
    await update(sid, { Url: documents.document('/instead', '<Say>instead</Say><Enqueue>q</Enqueue>') });
    const call = await simulator.until(sid, doing('Enqueue'));
    expect(call).toMatchObject({
      status: 'in-progress',
      said: ['instead'],
      dials: [{ status: 'completed', endedAt: expect.any(String) as string, dropped: true }],
    });
    expect(call.fetches.map(({ role, url }) => [role, new URL(url).pathname])).toEqual([
      ['url', `/run/${sid}`],
      ['action', '/interrupted'],
      ['url', '/instead'],
    ]);
    expect(formsAt('/interrupted')).toMatchObject([
      { DialCallSid: call.dials[0]?.sid, DialCallStatus: 'completed' },
    ]);
  });

  it('drops the other leg when the call ends, without fetching its action', async () => {
    const sid = await callWith('<Dial action="/unasked">+15551234567</Dial>');
    await simulator.until(sid, doing('Dial'));
    await update(sid, { Status: 'completed' });
    expect(simulator.call(sid)).toMatchObject({
      status: 'completed',
      endReason: 'update',
      dials: [{ dropped: true }],
    });
    expect(formsAt('/unasked')).toEqual([]);
  });

  it('is ended through the control API only once', async () => {
    const sid = await callWith('<Dial>+15551234567</Dial><Dial>+15557654321</Dial>');
    await simulator.until(sid, doing('Dial'));
    const path = `/calls/${sid}/dial`;
    expect(await control(simulator, 'PATCH', path, { status: 'gone' })).toMatchObject({ status: 400 });
    expect(await control(simulator, 'PATCH', path, { status: 'no-answer' })).toMatchObject({
      status: 200,
      body: { dials: [{ status: 'no-answer' }] },
    });
    await simulator.until(sid, ({ activity }) => activity?.text === '+15557654321');
    expect(simulator.endDial(sid).dials).toMatchObject([{ status: 'no-answer' }, { status: 'completed' }]);
    await simulator.until(sid, ended);
    expect(await control(simulator, 'PATCH', path, { status: 'busy' })).toMatchObject({ status: 409 });
    expect(await control(simulator, 'PATCH', '/calls/nobody/dial', { status: 'busy' })).toMatchObject({
      status: 404,
    });
  });
});

describe('a queue', () => {
  it('releases the call on an update and notifies its action', async () => {
    documents.document('/left', '<Say>never</Say>');
    const sid = await callWith('<Enqueue action="/left">support</Enqueue>');
    await simulator.until(sid, doing('Enqueue'));
    await update(sid, { Url: documents.document('/out', '<Say>out</Say><Gather/>') });
    const call = await simulator.until(sid, doing('Gather'));
    expect(call).toMatchObject({ status: 'in-progress', said: ['out'] });
    expect(formsAt('/left')).toMatchObject([{ CallSid: sid, QueueResult: 'redirected' }]);
  });
});

describe('the reason for the end of a call', () => {
  it.each([
    ['<Say>bye</Say>', 'out_of_verbs'],
    ['', 'out_of_verbs'],
    ['<Say>bye</Say><Hangup/>', 'hangup_verb'],
    ['<Redirect>/missing</Redirect>', 'no_document'],
  ])('after %j is %s', async (verbs, endReason) => {
    expect(await simulator.until(await callWith(verbs), ended)).toMatchObject({
      status: 'completed',
      activity: null,
      endReason,
    });
  });
});
