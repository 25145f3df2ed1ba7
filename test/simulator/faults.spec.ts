import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/simulator/faults/fault.js';
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

const END = { form: { Status: 'completed' } };

const callWith = (...faults: Fault[]): string => simulator.createCall({ faults }).sid;

describe('a fault', () => {
  it('affects one update at a time, in order, until none is left', async () => {
    const sid = callWith({ status: 503, times: 2 }, { status: 429, headers: { 'retry-after': '7' } });
    const responses = [
      await laml(simulator, sid, END),
      await laml(simulator, sid, END),
      await laml(simulator, sid, END),
    ];
    expect(responses.map(({ status }) => status)).toEqual([503, 503, 429]);
    expect(responses[2]?.headers['retry-after']).toBe('7');
    expect(simulator.call(sid)).toMatchObject({ status: 'in-progress', faults: [] });
    expect(await laml(simulator, sid, END)).toMatchObject({ status: 200 });
  });

  it('is not used up by an unauthorized request', async () => {
    const sid = callWith({ status: 503 });
    expect(await laml(simulator, sid, { ...END, authorization: 'Basic eDp5' })).toMatchObject({
      status: 401,
    });
    expect(simulator.call(sid).faults).toEqual([{ status: 503 }]);
  });

  it('can affect reads only', async () => {
    const sid = callWith({ on: 'read', status: 404, times: 'always' });
    expect(await laml(simulator, sid)).toMatchObject({ status: 404 });
    expect(await laml(simulator, sid, END)).toMatchObject({ status: 200 });
    expect(await laml(simulator, sid)).toMatchObject({ status: 404 });
  });

  it('responds with the given code', async () => {
    const { status, text } = await laml(simulator, callWith({ code: 21220 }), END);
    expect([status, JSON.parse(text)]).toMatchObject([400, { code: 21220, status: 400 }]);
  });

  it('drops the connection before the update is applied', async () => {
    const sid = callWith({ drop: 'before' });
    await expect(laml(simulator, sid, END)).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    const { status, updates } = await simulator.until(
      sid,
      ({ updates: [update] }) => update?.dropped === true,
    );
    expect(status).toBe('in-progress');
    expect(updates).toMatchObject([{ applied: false, dropped: true, status: null, answeredAt: null }]);
  });

  it('drops the connection after the update is applied', async () => {
    const sid = callWith({ drop: 'after' });
    await expect(laml(simulator, sid, END)).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    expect(simulator.call(sid)).toMatchObject({
      status: 'completed',
      updates: [{ applied: true, dropped: true }],
    });
  });

  it('applies the update although it is refused', async () => {
    const sid = callWith({ status: 503, applied: true });
    expect(await laml(simulator, sid, END)).toMatchObject({ status: 503 });
    expect(simulator.call(sid)).toMatchObject({
      status: 'completed',
      updates: [{ applied: true, status: 503 }],
    });
  });

  it.each([
    { body: 'html', status: 502, expected: /^<html>/, type: 'text/html' },
    { body: 'empty', status: 503, expected: /^$/, type: 'text/plain' },
    { body: 'garbage', status: 200, expected: /^\{"sid":"$/, type: 'application/json' },
    { body: 'huge', status: 200, expected: /x{1000}/, type: 'application/json' },
  ] as const)('responds with $status and the body "$body"', async ({ body, status, expected, type }) => {
    const sid = callWith({ body, status });
    const response = await laml(simulator, sid, END);
    expect(response).toMatchObject({ status, text: expect.stringMatching(expected) as string });
    expect(response.headers['content-type']).toContain(type);
    expect(simulator.call(sid).updates[0]?.applied).toBe(status === 200);
  });

  it('redirects the update elsewhere', async () => {
    const sid = callWith({ redirect: '/elsewhere' }, { redirect: 'http://example.com/', status: 301 });
    const first = await laml(simulator, sid, END);
    const second = await laml(simulator, sid, END);
    expect([first.status, first.headers.location]).toEqual([307, '/elsewhere']);
    expect([second.status, second.headers.location]).toEqual([301, 'http://example.com/']);
    expect(simulator.call(sid).status).toBe('in-progress');
  });

  it('delays many updates at the same time', async () => {
    const sids = Array.from({ length: 40 }, () => callWith({ latencyMs: 50 }));
    const startedAt = performance.now();
    const responses = await Promise.all(sids.map((sid) => laml(simulator, sid, END)));
    expect(responses.every(({ status }) => status === 200)).toBe(true);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(45);
  });
});

describe('a fetch fault', () => {
  const DIAL = '<Dial>+15551234567</Dial>';

  it('can skip the fetch: the update succeeds and the stream keeps running', async () => {
    const { sid } = simulator.createCall({ streams: [{ name: 's' }], faults: [{ fetch: 'none' }] });
    const none = documents.document('/none', '<Stop><Stream name="s"/></Stop>');
    const next = documents.document('/next', DIAL);
    expect(await laml(simulator, sid, { form: { Url: none } })).toMatchObject({ status: 200 });
    await laml(simulator, sid, { form: { Url: next } });
    const call = await simulator.until(sid, ({ verbs }) => verbs.length === 1);
    expect(call.fetches.map(({ url }) => url)).toEqual([next]);
    expect(call).toMatchObject({
      streams: [{ status: 'in-progress' }],
      updates: [{ applied: true }, { applied: true }],
    });
  });

  it('can delay the fetch', async () => {
    const { sid } = simulator.createCall({ faults: [{ fetch: { delayMs: 80 } }] });
    await laml(simulator, sid, { form: { Url: documents.document('/late', DIAL) } });
    expect(simulator.call(sid).fetches).toEqual([]);
    const { updates, fetches } = await simulator.until(sid, ({ verbs }) => verbs.length === 1);
    const waited = Date.parse(fetches[0]?.startedAt ?? '') - Date.parse(updates[0]?.answeredAt ?? '');
    expect(waited).toBeGreaterThanOrEqual(70);
  });

  it('can fetch the document twice but run it once', async () => {
    const { sid } = simulator.createCall({ faults: [{ fetch: 'twice' }] });
    const Url = documents.document('/twice', `<Say>once</Say>${DIAL}`);
    await laml(simulator, sid, { form: { Url } });
    const call = await simulator.until(sid, ({ verbs }) => verbs.length === 2);
    expect(call.fetches.map(({ url }) => url)).toEqual([Url, Url]);
    expect(call.said).toEqual(['once']);
  });
});
