import { readdirSync } from 'node:fs';
import { DOMImplementation, XMLSerializer } from '@xmldom/xmldom';
import type { Node } from '@xmldom/xmldom';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { CallView } from '../../../src/simulator/calls/call-view.js';
import { startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { DocumentServer } from '../support/document-server.js';
import { laml } from '../support/send.js';

const FOLDER = new URL('../../../src/simulator/page/', import.meta.url);

/** The page's own modules, which have no types. */
const load = async <T>(module: string): Promise<T> => (await import(new URL(module, FOLDER).href)) as T;

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ log: false });
});

afterAll(() => simulator.close());

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'application/javascript; charset=utf-8',
};

const served = ['/', ...readdirSync(FOLDER).map((file) => `/page/${file}`)];

describe('the page of the simulator', () => {
  it.each(served)('serves %s with its type and nothing that others could bring in', async (path) => {
    const answer = await fetch(`${simulator.url}${path}`);
    const type = TYPES[path.split('.')[1] ?? 'html'];
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type]);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const policy = answer.headers.get('content-security-policy')?.split('; ') ?? [];
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'"]),
    );
    expect(policy.join()).not.toContain('unsafe');
  });

  it('refers to its own files alone, all of them there, and has no script inside', async () => {
    const html = await (await fetch(simulator.url)).text();
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address ?? '');
    expect(addresses.filter((address) => address !== 'data:,' && !served.includes(address))).toEqual([]);
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/);
  });

  it('serves nothing else', async () => {
    for (const path of ['/page/', '/page/%2e%2e/main.ts', '/page/..%2fmain.ts', '/page/nothing.js']) {
      expect((await fetch(`${simulator.url}${path}`)).status).toBeGreaterThanOrEqual(400);
    }
  });
});

const HOSTILE = `<img src=x onerror="alert(1)">'&</li><script>alert(2)</script>`;

/** A call with a stream of that name whose second update stopped it, and what the page shows of it as markup. */
async function shown(streamName: string) {
  const documents = await DocumentServer.start();
  onTestFinished(() => documents.close());
  const { sid } = simulator.createCall({ streams: [{ name: streamName }], faults: [{ status: 503 }] });
  const escaped = streamName.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  const Url = documents.document('/stop', `<Stop><Stream name="${escaped}"/></Stop><Pause length="60"/>`);
  await laml(simulator, sid, { form: { Url } });
  await laml(simulator, sid, { form: { Url } });
  const call = await simulator.until(sid, ({ verbs }) => verbs.some(({ name }) => name === 'Pause'));
  return { call, ...(await render(call)) };
}

const xml = (node: Node): string => new XMLSerializer().serializeToString(node);

async function render(call: CallView) {
  const { callCard } = await load<{ callCard: (call: CallView) => Node }>('call-card.js');
  const { timelineItems, timelineRow } = await load<{
    timelineItems: (calls: CallView[], lines: object[], sid: string) => object[];
    timelineRow: (item: object) => Node;
  }>('timeline.js');
  Object.assign(globalThis, { document: new DOMImplementation().createDocument(null, '') });
  onTestFinished(() => void Reflect.deleteProperty(globalThis, 'document'));
  const line = {
    id: '1',
    at: call.streams[0]?.stoppedAt ?? call.createdAt,
    message: 'stream stopped',
    fields: { callSid: call.sid, streamName: call.streams[0]?.name },
  };
  return { card: xml(callCard(call)), rows: timelineItems([call], [line], '').map(timelineRow).map(xml) };
}

const title = (row: string): string => />(POST [^<]*|stream stopped[^<]*)</.exec(row)?.[1] ?? row;

describe('what the page shows of a call', () => {
  it('has what comes from outside as text', async () => {
    const { card, rows } = await shown(HOSTILE);
    for (const markup of [card, rows.join('')]) {
      expect(markup).not.toMatch(/<img|<script/);
      expect(markup).toContain('&lt;img src=x onerror=');
    }
  });

  it('is the stream, how long it ran on and what of that passed with what', async () => {
    const { card } = await shown('agent');
    expect(card).toContain('after the first of 2 requests');
    expect(card).toMatch(/tries before .*request to fetch .*fetch to stop /);
    expect(card).toContain('In &lt;Pause length="60"&gt;');
  });

  it('is every request, newest first, with its answer and its fault', async () => {
    const { rows } = await shown('agent');
    expect(rows.map(title)).toEqual([
      'stream stopped: agent',
      'POST document',
      'POST Update a Call',
      'POST Update a Call',
    ]);
    expect(rows[2]).toContain('>200<');
    expect(rows[3]).toMatch(/>503, code 20504<.*fault \{"status":503\}/);
  });

  it('is also what a view has and the page does not know', async () => {
    const call = simulator.createCall();
    const path = `/api/laml/2010-04-01/Accounts/a/Calls/c/Streams/s`;
    const post = { number: 1, at: call.createdAt, answeredAt: call.createdAt, status: 404, path };
    const { card, rows } = await render(Object.assign(call, { holdMusic: 'Vivaldi', streamPosts: [post] }));
    expect(card).toContain('<dt>hold music</dt><dd>Vivaldi</dd>');
    expect(rows.join('')).toMatch(/POST Update a Stream.*404/);
  });

  it('is the start of a stream under a name of its own, which nothing is measured from', async () => {
    const call = simulator.createCall();
    const start = { ...post(0), at: call.createdAt, answeredAt: call.createdAt };
    const { rows } = await render(Object.assign(call, { streamPosts: [start] }));
    const row = rows.find((one) => one.includes('POST Start a Stream'));
    expect(row).toBeDefined();
    expect(row).not.toContain('waterfall');
  });

  it('is what the call is doing, and why it ended', async () => {
    const call = simulator.createCall();
    const verb = { number: 1, at: call.createdAt, name: 'Enqueue', attributes: {}, text: 'support' };
    const fetches = [
      { number: 1, role: 'url', url: 'http://a/', method: 'POST', startedAt: call.createdAt, error: null },
    ];
    const held = {
      verbs: [verb],
      fetches,
      activity: { verb: 'Enqueue', text: 'support', since: call.createdAt },
    };
    const { card } = await render({ ...call, ...held } as unknown as CallView);
    expect(card).toMatch(/In &lt;Enqueue&gt;<\/b> since .* of the document/);
    const over = {
      ...held,
      status: 'completed',
      endedAt: call.createdAt,
      endReason: 'hung_up',
      activity: null,
    };
    expect((await render({ ...call, ...over } as unknown as CallView)).card).toMatch(
      /Over since .*: hung up</,
    );
  });
});

const at = (ms: number): string => new Date(ms).toISOString();
const update = (ms: number) => ({ number: ms, at: at(ms), answeredAt: at(ms + 2), status: 200 });
const STOP = '<Response><Stop><Stream name="a"/></Stop></Response>';
const fetched = (ms: number, body = STOP) => ({
  number: ms,
  url: 'http://a/',
  startedAt: at(ms),
  durationMs: 4,
  error: null,
  body,
});
const post = (ms: number, tail = '') => ({ ...update(ms), path: `/Accounts/a/Calls/c/Streams${tail}` });
const stream = (stoppedAt: number | null) => ({ stoppedAt: stoppedAt === null ? null : at(stoppedAt) });

async function stopOf(call: object, index = 0): Promise<unknown> {
  const { stopOf } = await load<{ stopOf: (call: object, stream: object) => unknown }>('episodes.js');
  const full = { verbs: [], fetches: [], endedAt: null, ...call };
  return stopOf(full, (call as { streams: object[] }).streams[index] ?? {});
}

describe('the delays of a stop', () => {
  it('are counted from the first of the requests that led to it', async () => {
    const call = { updates: [update(100), update(600)], fetches: [fetched(610)], streams: [stream(616)] };
    expect(await stopOf(call)).toEqual({
      ms: 516,
      requests: 2,
      parts: [
        { name: 'tries before', ms: 500 },
        { name: 'request to fetch', ms: 10 },
        { name: 'fetch to stop', ms: 6 },
      ],
    });
  });

  it('begin anew with the next request after a stop', async () => {
    const call = {
      updates: [update(100), update(9000)],
      fetches: [fetched(110), fetched(9010)],
      streams: [stream(115), stream(9015)],
    };
    expect(await stopOf(call, 0)).toMatchObject({ ms: 15, requests: 1 });
    expect(await stopOf(call, 1)).toMatchObject({ ms: 15, requests: 1 });
  });

  it.each(['', '.json'])('do not count the request that started the stream: /Streams%s', async (tail) => {
    const call = { streamPosts: [post(100, tail), post(60_000, '/s')], streams: [stream(60_003)] };
    expect(await stopOf(call)).toEqual({ ms: 3, requests: 1, parts: [{ name: 'request to stop', ms: 3 }] });
  });

  it('do not count updates whose documents stop nothing, nor what was tried before them', async () => {
    const call = {
      updates: [
        { ...update(100), status: 503 },
        update(200),
        { ...update(60_000), status: 503 },
        update(60_500),
      ],
      fetches: [fetched(210, '<Response><Say>Stop</Say></Response>'), fetched(60_510)],
      streams: [stream(60_515)],
    };
    expect(await stopOf(call)).toMatchObject({ ms: 515, requests: 2 });
  });

  it('count an update that no document came of, and one whose document led to the stop', async () => {
    const call = {
      updates: [update(100), update(600)],
      fetches: [fetched(610, '<Response><Redirect>/b</Redirect></Response>'), fetched(614)],
      streams: [stream(620)],
    };
    expect(await stopOf(call)).toMatchObject({ ms: 520, requests: 2 });
  });

  it('are known without a document too', async () => {
    const call = { updates: [update(100)], streams: [stream(103)] };
    expect(await stopOf(call)).toEqual({ ms: 3, requests: 1, parts: [{ name: 'request to stop', ms: 3 }] });
  });

  it('are none while it runs, before any request, and where the call ended', async () => {
    expect(await stopOf({ updates: [update(100)], streams: [stream(null)] })).toBeNull();
    expect(await stopOf({ updates: [], streams: [stream(103)] })).toBeNull();
    expect(await stopOf({ updates: [update(100)], streams: [stream(900)], endedAt: at(900) })).toBeNull();
  });
});

describe('the commands of the page', () => {
  it('are safe in a shell, whatever a stream is called', async () => {
    const { cancelCommand } = await load<{
      cancelCommand: (service: string, ids: { callSid: string; streamName: string }) => string;
    }>('commands.js');
    const command = cancelCommand('http://localhost:3000', { callSid: 'c', streamName: `it's $(id) "x"` });
    expect(command).toContain(String.raw`"streamName":"it'\''s $(id) \"x\""`);
    expect(command).toContain('curl -s http://localhost:3000/cancellations');
  });

  it.each(['succeed at once', 'get 503 twice', 'are accepted, never fetched (once)'])(
    'makes a call whose first requests %s',
    async (fault) => {
      const { newCall } = await load<{ newCall: (fault: string) => object }>('commands.js');
      const body = JSON.stringify(newCall(fault));
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${simulator.url}/simulator/calls`, { method: 'POST', headers, body });
      expect(answer.status).toBe(201);
    },
  );
});
