import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { DocumentServer } from './support/document-server.js';
import { laml } from './support/send.js';

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

const PATHS = ['/api/laml/2010-04-01', '/2010-04-01'].flatMap((prefix) =>
  ['', '.json'].map((suffix) => ({ prefix, suffix })),
);

describe('Update a Call', () => {
  it.each(PATHS)('accepts a form and JSON under $prefix with the suffix "$suffix"', async (path) => {
    const first = simulator.createCall();
    const second = simulator.createCall();

    const form = await laml(simulator, first.sid, { ...path, form: { Status: 'completed' } });
    const json = await laml(simulator, second.sid, { ...path, json: { Status: 'completed' } });
    const read = await laml(simulator, first.sid, path);

    expect([form.status, json.status, read.status]).toEqual([200, 200, 200]);
    expect(JSON.parse(read.text)).toMatchObject({ sid: first.sid, status: 'completed' });
    expect(simulator.call(second.sid).status).toBe('completed');
  });

  it('returns the documented Call object', async () => {
    const { sid, accountSid } = simulator.createCall({ from: '+15551234567', to: '+15557654321' });
    const { text, headers } = await laml(simulator, sid);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(text)).toMatchObject({
      sid,
      account_sid: accountSid,
      date_created: expect.stringMatching(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000$/) as string,
      end_time: null,
      from: '+15551234567',
      formatted_to: '+15557654321',
      duration: 0,
      api_version: '2010-04-01',
      uri: `/api/laml/2010-04-01/Accounts/${accountSid}/Calls/${sid}.json`,
      subresource_uris: { notifications: null },
    });
    expect(simulator.call(sid).reads).toBe(1);
  });

  it.each([
    [{ Url: '/relative' }, 21402],
    [{ Url: '' }, 21402],
    [{ Url: 'ftp://example.com/' }, 21402],
    [{ Url: 'https://example.com/', FallbackUrl: 'nonsense' }, 21402],
    [{ Url: 'https://example.com/', Method: 'PUT' }, 21209],
    [{ Url: 'https://example.com/', FallbackMethod: 'post' }, 21209],
    [{ StatusCallback: 'nonsense' }, 21456],
    [{ Status: 'busy' }, 10000],
    [{ Status: 'canceled' }, 10000],
  ] as [Record<string, string>, number][])('refuses %o with %i and changes nothing', async (form, code) => {
    const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
    const { status, text } = await laml(simulator, sid, { form });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toEqual({
      code,
      message: expect.any(String) as string,
      more_info: expect.any(String) as string,
      status: 400,
    });
    expect(simulator.call(sid)).toMatchObject({
      status: 'in-progress',
      streams: [{ status: 'in-progress' }],
      fetches: [],
      updates: [{ applied: false, status: 400, code }],
    });
  });

  it('refuses to change the status of a finished call', async () => {
    const { sid } = simulator.createCall({ status: 'busy' });
    const { status, text } = await laml(simulator, sid, { form: { Status: 'completed' } });
    expect([status, JSON.parse(text)]).toMatchObject([400, { code: 10000 }]);
  });

  it('cancels a ringing call', async () => {
    const { sid } = simulator.createCall({ status: 'ringing' });
    await laml(simulator, sid, { form: { Status: 'canceled' } });
    expect(simulator.call(sid).status).toBe('canceled');
  });

  it('ends the call and ignores Url if Status is given too', async () => {
    const { sid } = simulator.createCall();
    await laml(simulator, sid, { form: { Status: 'completed', Url: `${documents.url}/stop` } });
    expect(simulator.call(sid)).toMatchObject({
      status: 'completed',
      fetches: [],
      warnings: ['Url ignored: the update also sets Status'],
    });
  });

  it('ignores an unknown parameter with a warning', async () => {
    const { sid } = simulator.createCall();
    const { status } = await laml(simulator, sid, { form: { Twiml: '<Response/>' } });
    expect(status).toBe(200);
    expect(simulator.call(sid).warnings).toEqual(['Unknown parameter Twiml ignored']);
  });

  it("responds with 404 for another project's call", async () => {
    const { sid } = simulator.createCall();
    const { status, text } = await laml(simulator, sid, {
      accountSid: '00000000-0000-4000-8000-00000000000f',
      form: { Status: 'completed' },
    });
    expect([status, JSON.parse(text)]).toMatchObject([404, { code: 20404, status: 404 }]);
    expect(simulator.call(sid).status).toBe('in-progress');
  });

  it.each(['', 'Basic', 'Basic !!!', 'Bearer PTsimulator', `Basic ${btoa('PTsimulator')}`])(
    'responds with 401 to the authorization "%s"',
    async (authorization) => {
      const { sid } = simulator.createCall();
      const { status, text } = await laml(simulator, sid, { authorization, form: { Status: 'completed' } });
      expect([status, JSON.parse(text)]).toMatchObject([401, { code: 20003, status: 401 }]);
      expect(simulator.call(sid).status).toBe('in-progress');
    },
  );

  it('accepts a body of up to 64 kB', async () => {
    const { sid } = simulator.createCall();
    const { status, text } = await laml(simulator, sid, { form: { Url: 'x'.repeat(65_536) } });
    expect([status, JSON.parse(text)]).toMatchObject([413, { status: 413 }]);
    const { status: fits } = await laml(simulator, sid, { form: { Note: 'x'.repeat(65_000) } });
    expect(fits).toBe(200);
    expect(simulator.call(sid).updates[0]?.params.Note).toHaveLength(4096);
  });
});
