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

/** Loads a module of the page. These have no types. */
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

const SHARED = new URL('../../platform/page/', FOLDER);

const served = [
  '/',
  ...readdirSync(FOLDER).map((file) => `/page/${file}`),
  ...readdirSync(SHARED).map((file) => `/platform/page/${file}`),
];

describe("the simulator's page", () => {
  it.each(served)('serves %s with its type and a strict content security policy', async (path) => {
    const response = await fetch(`${simulator.url}${path}`);
    const type = TYPES[path.split('.')[1] ?? 'html'];
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const policy = response.headers.get('content-security-policy')?.split('; ') ?? [];
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'"]),
    );
    expect(policy.join()).not.toContain('unsafe');
  });

  it('refers only to its own files, and contains no inline scripts or styles', async () => {
    const html = await (await fetch(simulator.url)).text();
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address ?? '');
    expect(addresses.filter((address) => address !== 'data:,' && !served.includes(address))).toEqual([]);
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/);
  });

  it('does not serve any other file', async () => {
    for (const path of ['/page/', '/page/%2e%2e/main.ts', '/page/..%2fmain.ts', '/page/nothing.js']) {
      expect((await fetch(`${simulator.url}${path}`)).status).toBeGreaterThanOrEqual(400);
    }
  });
});

const HOSTILE = `<img src=x onerror="alert(1)">'&</li><script>alert(2)</script>`;

/** Creates a call, stops its stream with the second update, and renders the call as markup. */
async function showStoppedStream(streamName: string) {
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

describe('a call on the page', () => {
  it('shows untrusted values as text', async () => {
    const { card, rows } = await showStoppedStream(HOSTILE);
    for (const markup of [card, rows.join('')]) {
      expect(markup).not.toMatch(/<img|<script/);
      expect(markup).toContain('&lt;img src=x onerror=');
    }
  });

  it('shows how long its stream took to stop, and the parts of that time', async () => {
    const { card } = await showStoppedStream('agent');
    expect(card).toContain('after the first of 2 requests');
    expect(card).toMatch(/earlier attempts .*request to fetch .*fetch to stop /);
    expect(card).toContain('Running &lt;Pause length="60"&gt;');
  });

  it('shows its requests newest first, each with its response and fault', async () => {
    const { rows } = await showStoppedStream('agent');
    expect(rows.map(title)).toEqual([
      'stream stopped: agent',
      'POST document',
      'POST Update a Call',
      'POST Update a Call',
    ]);
    expect(rows[2]).toContain('>200<');
    expect(rows[3]).toMatch(/>503, code 20504<.*fault \{"status":503\}/);
  });

  it('shows fields and lists that the page does not know', async () => {
    const call = simulator.createCall();
    const path = `/api/laml/2010-04-01/Accounts/a/Calls/c/Streams/s`;
    const post = { number: 1, at: call.createdAt, answeredAt: call.createdAt, status: 404, path };
    const { card, rows } = await render(Object.assign(call, { holdMusic: 'Vivaldi', streamPosts: [post] }));
    expect(card).toContain('<dt>hold music</dt><dd>Vivaldi</dd>');
    expect(rows.join('')).toMatch(/POST Update a Stream.*404/);
  });

  it('shows the start of a stream without measuring from it', async () => {
    const call = simulator.createCall();
    const start = {
      number: 1,
      at: call.createdAt,
      answeredAt: call.createdAt,
      status: 200,
      path: '/Accounts/a/Calls/c/Streams',
    };
    const { rows } = await render(Object.assign(call, { streamPosts: [start] }));
    const row = rows.find((one) => one.includes('POST Start a Stream'));
    expect(row).toBeDefined();
    expect(row).not.toContain('waterfall');
  });

  it('shows what it is doing, and why it ended', async () => {
    const call = simulator.createCall();
    const verb = { number: 1, at: call.createdAt, name: 'Enqueue', attributes: {}, text: 'support' };
    const fetches = [
      { number: 1, role: 'url', url: 'http://a/', method: 'POST', startedAt: call.createdAt, error: null },
    ];
    const inQueue = {
      verbs: [verb],
      fetches,
      activity: { verb: 'Enqueue', text: 'support', since: call.createdAt },
    };
    const { card } = await render({ ...call, ...inQueue } as unknown as CallView);
    expect(card).toMatch(/Running &lt;Enqueue&gt;<\/b> since .* from the document/);
    const ended = {
      ...inQueue,
      status: 'completed',
      endedAt: call.createdAt,
      endReason: 'hung_up',
      activity: null,
    };
    expect((await render({ ...call, ...ended } as unknown as CallView)).card).toMatch(
      /Ended at .*: hung up</,
    );
  });
});

const liveCall = (streams: object[], rest: object = {}) => ({
  sid: 'call-1',
  endedAt: null,
  streams,
  updates: [],
  ...rest,
});

describe('the line below the steps', () => {
  const running = { stoppedAt: null };
  const stopped = { stoppedAt: '2026-01-01T00:00:00.000Z' };

  it.each([
    ['says what to do with a new call', liveCall([running]), false, 'call-1 is live. Now stop its stream.'],
    ['says that the service was asked', liveCall([running]), true, 'has been asked to stop its stream'],
    ['says that an update came', liveCall([running], { updates: [{}] }), false, 'is stopping its stream'],
    [
      'says that the stream has stopped',
      liveCall([stopped], { updates: [{}] }),
      true,
      'its stream has stopped.',
    ],
    ['counts one of two streams as running', liveCall([stopped, running]), false, 'Now stop its stream.'],
    ['says that a call has no stream', liveCall([]), false, 'is live, without a stream.'],
    ['says that the call has ended', liveCall([stopped], { endedAt: stopped.stoppedAt }), true, 'has ended.'],
  ])('%s', async (_, view, isAsked, text) => {
    const { progressOf } = await load<{ progressOf: (call: object, isAsked: boolean) => string }>(
      'progress.js',
    );
    expect(progressOf(view, isAsked)).toContain(text);
  });
});

describe("the page's commands", () => {
  it('quote any stream name safely for a shell', async () => {
    const { cancelCommand, newCancellation } = await load<{
      cancelCommand: (service: string, cancellation: object) => string;
      newCancellation: (callSid: string, streamName: string) => object;
    }>('commands.js');
    const command = cancelCommand('http://localhost:3000', newCancellation('c', `it's $(id) "x"`));
    expect(command).toContain(String.raw`"streamName":"it'\''s $(id) \"x\""`);
    expect(command).toContain('curl -s http://localhost:3000/cancellations');
  });

  it.each(['succeed', 'fail twice with 503', 'succeed, but the fetch is skipped once'])(
    'create a call whose first requests %s',
    async (fault) => {
      const { newCall } = await load<{ newCall: (fault: string) => object }>('commands.js');
      const body = JSON.stringify(newCall(fault));
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${simulator.url}/simulator/calls`, { method: 'POST', headers, body });
      expect(response.status).toBe(201);
    },
  );
});
