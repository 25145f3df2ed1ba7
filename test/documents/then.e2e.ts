import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import type { Verb } from '../../src/cxml/verbs.js';
import type { CallView } from '../../src/simulator/calls/call-view.js';
import { DocumentServer } from '../simulator/support/document-server.js';
import { laml } from '../simulator/support/send.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const HOUR_MS = 3_600_000;
const SOUND = 'https://app.example.com/bye.mp3';

/** The application of an internal service, to which a redirect or an action hands the call over. */
let app: DocumentServer;
let service: TestService;

beforeAll(async () => {
  app = await DocumentServer.start();
  service = await startTestService();
});
afterAll(async () => {
  await service.close();
  await app.close();
});

const ended = ({ endedAt }: CallView) => endedAt !== null;
const doing = (verb: string) => (call: CallView) => call.activity?.verb === verb;

/** A new call whose stream is being stopped. */
async function cancelled(then: readonly Verb[], speed: { sayMs?: number; playMs?: number } = {}) {
  const { simulator, api, finished } = service;
  const { sid } = simulator.createCall({ streams: [{ name: 'stream' }, { name: 'other' }], ...speed });
  const { id } = await api.create({ callSid: sid, streamName: 'stream', then });
  return {
    sid,
    /** The cancellation when it is finished, and the call when `predicate` holds. */
    become: async (predicate: (call: CallView) => boolean): Promise<[Cancellation, CallView]> => [
      await finished(id),
      await simulator.until(sid, predicate),
    ],
  };
}

const CALL_ENDS = { code: 'call_ends', message: expect.stringContaining('ends the call') as string };

const STOPPED_ALONE = [
  { name: 'stream', status: 'stopped' },
  { name: 'other', status: 'in-progress' },
];

const ran = ({ verbs }: CallView) => verbs.map(({ name }) => name);

describe('after the stop the call', () => {
  it('continues in the IVR that it is redirected to', async () => {
    const redirect = `${app.document('/ivr', '<Say>Welcome back</Say><Gather/>')}?a=1&b=2`;
    const { become } = await cancelled([{ say: 'One moment' }, { redirect, method: 'GET' }]);
    const [cancellation, call] = await become(doing('Gather'));
    expect(cancellation).toMatchObject({ status: 'succeeded', warnings: [] });
    expect(call).toMatchObject({ status: 'in-progress', streams: STOPPED_ALONE, endReason: null });
    expect(call.said).toEqual(['One moment', 'Welcome back']);
    expect(call.fetches.at(-1)).toMatchObject({ role: 'redirect', url: redirect, method: 'GET' });
    expect(ran(call)).toEqual(['Stop', 'Say', 'Redirect', 'Say', 'Gather']);
  });

  it('waits in the queue until it is updated again', async () => {
    const { sid, become } = await cancelled([{ enqueue: 'support' }]);
    const [cancellation, call] = await become(doing('Enqueue'));
    expect(cancellation).toMatchObject({ status: 'succeeded', warnings: [] });
    expect(call).toMatchObject({
      status: 'in-progress',
      streams: STOPPED_ALONE,
      activity: { text: 'support' },
    });

    const { simulator, api, finished } = service;
    const { id } = await api.create({ callSid: sid, streamName: 'other', then: [{ hangup: true }] });
    expect(await finished(id)).toMatchObject({ status: 'succeeded' });
    expect(await simulator.until(sid, ended)).toMatchObject({ endReason: 'hangup_verb' });
  });

  it('is connected to another party, and then continues with the action', async () => {
    const action = app.document('/after', '<Say>How was it?</Say><Record/>');
    const then = [{ dial: '+15551234567', callerId: '+15557654321', action }];
    const { sid, become } = await cancelled(then);
    const [cancellation, call] = await become(doing('Dial'));
    expect(cancellation).toMatchObject({ status: 'succeeded', warnings: [] });
    expect(call).toMatchObject({
      status: 'in-progress',
      streams: STOPPED_ALONE,
      dials: [{ to: '+15551234567', callerId: '+15557654321', status: null }],
    });

    service.simulator.endDial(sid, 'completed');
    const after = await service.simulator.until(sid, doing('Record'));
    expect(after).toMatchObject({ status: 'in-progress', said: ['How was it?'] });
  });

  it('is connected to a SIP address, and ends if nothing follows', async () => {
    const { sid, become } = await cancelled([{ dial: 'sip:alice@example.com', callerId: 'Front_Desk' }]);
    const [cancellation, call] = await become(doing('Dial'));
    expect(cancellation).toMatchObject({ status: 'succeeded', warnings: [CALL_ENDS] });
    expect(call).toMatchObject({
      status: 'in-progress',
      dials: [{ to: 'sip:alice@example.com', callerId: 'Front_Desk' }],
    });
    expect(call.fetches[0]?.body).toContain(
      '<Dial callerId="Front_Desk"><Sip>sip:alice@example.com</Sip></Dial>',
    );

    service.simulator.endDial(sid, 'no-answer');
    expect(await service.simulator.until(sid, ended)).toMatchObject({
      status: 'completed',
      endReason: 'out_of_verbs',
    });
  });

  it('continues with the next verb if nobody answers a dial without an action', async () => {
    const { sid, become } = await cancelled([{ dial: '+15551234567' }, { enqueue: 'support' }]);
    const [cancellation] = await become(doing('Dial'));
    expect(cancellation.warnings).toEqual([]);
    service.simulator.endDial(sid, 'no-answer');
    expect(await service.simulator.until(sid, doing('Enqueue'))).toMatchObject({ status: 'in-progress' });
  });

  it('is hung up on request', async () => {
    const { become } = await cancelled([{ say: 'Goodbye' }, { hangup: true }]);
    const [cancellation, call] = await become(ended);
    expect(cancellation).toMatchObject({ status: 'succeeded', warnings: [] });
    expect(call).toMatchObject({ status: 'completed', said: ['Goodbye'], endReason: 'hangup_verb' });
  });

  it('is kept in silence', async () => {
    const { become } = await cancelled([{ pause: 3600 }]);
    const [cancellation, call] = await become(doing('Pause'));
    expect(cancellation).toMatchObject({ status: 'succeeded', warnings: [CALL_ENDS] });
    expect(call).toMatchObject({ status: 'in-progress', streams: STOPPED_ALONE, said: [] });
  });

  it('hears the sound, and nothing else until it is over', async () => {
    const { become } = await cancelled([{ play: SOUND }, { say: 'never' }], { playMs: HOUR_MS });
    const [cancellation, call] = await become(doing('Play'));
    expect(cancellation).toMatchObject({ status: 'succeeded', warnings: [CALL_ENDS] });
    expect(call).toMatchObject({ status: 'in-progress', activity: { text: SOUND }, said: [] });
  });

  it('hears the text in the given voice and language', async () => {
    const { become } = await cancelled([{ say: 'Adiós', voice: 'woman', language: 'es-ES' }], {
      sayMs: HOUR_MS,
    });
    const [cancellation, call] = await become(doing('Say'));
    expect(cancellation).toMatchObject({ status: 'succeeded', warnings: [CALL_ENDS] });
    expect(call.verbs.at(-1)).toMatchObject({
      text: 'Adiós',
      attributes: { voice: 'woman', language: 'es-ES' },
    });
  });

  it.each([
    ['say', [{ say: 'Stopping stream' }], ['Stop', 'Say']],
    ['play', [{ play: SOUND }], ['Stop', 'Play']],
    ['bare stop', [], ['Stop']],
  ] satisfies [string, Verb[], string[]][])(
    'ends after a %s because it runs out of verbs, and the cancellation warns of it',
    async (_, then, verbs) => {
      const { become } = await cancelled(then);
      const [cancellation, call] = await become(ended);
      expect(cancellation).toMatchObject({ status: 'succeeded', warnings: [CALL_ENDS] });
      expect(call).toMatchObject({ status: 'completed', endReason: 'out_of_verbs' });
      expect(ran(call)).toEqual(verbs);
    },
  );
});

describe('a call with another party on the line', () => {
  it('loses that party when it is updated, after the action of its dial is fetched', async () => {
    const { simulator, api, finished } = service;
    app.document('/bridged', '<Hangup/>');
    const Url = app.document('/bridge', '<Dial action="/bridged">+15551234567</Dial>');
    const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
    expect(await laml(simulator, sid, { form: { Url } })).toMatchObject({ status: 200 });
    await simulator.until(sid, doing('Dial'));

    const { id } = await api.create({
      callSid: sid,
      streamName: 'stream',
      then: [{ enqueue: 'support' }],
    });
    expect(await finished(id)).toMatchObject({ status: 'succeeded' });
    const call = await simulator.until(sid, doing('Enqueue'));
    expect(call).toMatchObject({ status: 'in-progress', dials: [{ dropped: true }] });
    expect(call.fetches.map(({ role }) => role)).toEqual(['url', 'action', 'url']);
  });
});

describe('the configured default', () => {
  it('applies without then, and warnings consider it', async () => {
    const configured = await startTestService({ DEFAULT_THEN: '[{"say":"Hold on"},{"enqueue":"support"}]' });
    try {
      const { simulator, api, finished } = configured;
      const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
      const { id, warnings } = await api.create({ callSid: sid, streamName: 'stream' });
      expect(warnings).toEqual([]);
      expect(await finished(id)).toMatchObject({ status: 'succeeded', warnings: [] });
      expect(await simulator.until(sid, doing('Enqueue'))).toMatchObject({ said: ['Hold on'] });
    } finally {
      await configured.close();
    }
  });

  it('applies only to the fallback if the document is another server’s', async () => {
    const DOCUMENT_URL = `${app.document('/foreign', '<Stop><Stream name="stream"/></Stop>')}?n={streamName}`;
    const foreign = await startTestService({ DOCUMENT_URL, REQUIRED_EVIDENCE: 'accepted' });
    try {
      const { simulator, api } = foreign;
      const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
      const { warnings } = await api.create({ callSid: sid, streamName: 'stream' });
      expect(warnings.map(({ code }) => code)).toEqual(['fallback_ends_call']);
      expect(await simulator.until(sid, ended)).toMatchObject({ endReason: 'out_of_verbs' });
    } finally {
      await foreign.close();
    }
  });
});
