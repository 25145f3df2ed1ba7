import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { CallView } from '../../../src/simulator/calls/call-view.js';
import { LIMITS } from '../../../src/simulator/limits.js';
import { DEFAULT_CONFIG } from '../../../src/simulator/simulator.config.js';
import { createSimulator, startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { DocumentServer } from '../support/document-server.js';
import { EventSource } from '../support/event-source.js';
import type { Received } from '../support/event-source.js';
import { control, laml } from '../support/send.js';

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator({ log: false });
});

afterEach(() => simulator.close());

async function open(lastEventId?: string): Promise<EventSource> {
  const source = await EventSource.open(simulator, lastEventId);
  onTestFinished(() => source.close());
  return source;
}

const isCall =
  (sid: string, predicate: (call: CallView) => boolean = () => true) =>
  ({ event, data }: Received): boolean =>
    event === 'call' && (data as CallView).sid === sid && predicate(data as CallView);

const isLine =
  (message: string) =>
  ({ event, data }: Received): boolean =>
    event === 'line' && (data as { message: string }).message === message;

describe("the simulator's events", () => {
  it('show a new reader the current state first, then every change', async () => {
    const { sid } = simulator.createCall({ streams: [{ name: 'a' }] });
    const source = await open();
    expect(source.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    await source.until(isCall(sid, ({ status }) => status === 'in-progress'));
    simulator.endCall(sid);
    await source.until(isCall(sid, ({ status }) => status === 'completed'));
    expect(source.received[0]).toMatchObject({ event: 'reset', data: null });
  });

  it('report requests in order, each with the current state of the call', async () => {
    const documents = await DocumentServer.start();
    onTestFinished(() => documents.close());
    const statusCallback = documents.reply('/stopped', { status: 204 });
    const { sid } = simulator.createCall({
      streams: [{ name: 'a', statusCallback }],
      faults: [{ status: 503 }],
    });
    const Url = documents.document('/stop', '<Stop><Stream name="a"/></Stop><Pause length="60"/>');
    const source = await open();
    await laml(simulator, sid, { form: { Url } });
    await laml(simulator, sid, { form: { Url } });
    const { data } = await source.until(isCall(sid, ({ callbacks }) => callbacks.length === 1));
    expect(data).toMatchObject({
      updates: [
        { number: 1, status: 503, fault: { status: 503 } },
        { number: 2, status: 200, fault: null },
      ],
      fetches: [{ status: 200, body: expect.stringContaining('<Stop>') as string }],
      streams: [{ status: 'stopped' }],
    });
    const numbers = source.received.map(({ id }) => Number(id.split('.')[1]));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(numbers.length);
    const lines = source.received.filter(({ event }) => event === 'line').map(({ data }) => data);
    expect(lines).toMatchObject([
      { message: 'call created' },
      { message: 'update accepted' },
      { message: 'document fetched' },
      { message: 'stream stopped', fields: { streamName: 'a' } },
    ]);
  });

  it('report the fetch of a bin and the read of a call', async () => {
    const source = await open();
    const { sid } = simulator.createCall();
    await fetch(simulator.createBin('<Response/>').url, {
      method: 'POST',
      body: new URLSearchParams({ CallSid: sid }),
    });
    await laml(simulator, sid);
    expect((await source.until(isLine('bin fetched'))).data).toMatchObject({ fields: { callSid: sid } });
    expect((await source.until(isLine('call read'))).data).toMatchObject({
      fields: { callSid: sid, status: 200 },
    });
  });

  it('send a returning reader only the changes that it missed', async () => {
    const first = simulator.createCall();
    const before = await open();
    const { id } = await before.until(isLine('call created'));
    before.close();
    const missed = simulator.createCall();
    const after = await open(id);
    await after.until(isLine('call created'));
    expect(after.received.map(({ event }) => event)).toEqual(['call', 'line']);
    expect(after.received[0]?.data).toMatchObject({ sid: missed.sid });
    expect(JSON.stringify(after.received)).not.toContain(first.sid);
  });

  it.each([
    ['of another simulator', '00000000-0000-4000-8000-000000000000.3'],
    ['from the future', 'FUTURE'],
    ['that is malformed', 'nonsense'],
  ])('start over for a reader with an event id %s', async (_, given) => {
    const { sid } = simulator.createCall();
    const known = await (await open()).until(isCall(sid));
    const source = await open(given === 'FUTURE' ? `${known.id.split('.')[0]}.1000000` : given);
    await source.until(isCall(sid));
    expect(source.received[0]?.event).toBe('reset');
  });

  it('leave out calls that were deleted', async () => {
    const { sid } = simulator.createCall();
    const source = await open();
    const { id } = await source.until(isCall(sid));
    await control(simulator, 'DELETE', '/calls');
    await source.until(({ event, id: current }) => event === 'reset' && current !== source.received[0]?.id);
    const returned = await open(id);
    await returned.until(({ event }) => event === 'reset');
    const { sid: next } = simulator.createCall();
    await returned.until(isCall(next));
    expect(JSON.stringify(returned.received)).not.toContain(sid);
  });

  it('are limited to the latest calls, lines and records', async () => {
    for (let count = 0; count < LIMITS.feedLines; count++) simulator.createCall();
    const { sid } = simulator.createCall({ faults: [{ status: 500, times: 'always' }] });
    for (let count = 0; count < LIMITS.feedRecords + 1; count++) await laml(simulator, sid, { form: {} });
    const source = await open();
    const { data } = await source.until(isCall(sid));
    const { updates } = data as CallView;
    expect(updates).toHaveLength(LIMITS.feedRecords);
    expect(updates.at(-1)?.number).toBe(LIMITS.feedRecords + 1);
    const countOf = (type: string) => source.received.filter(({ event }) => event === type).length;
    expect([countOf('call'), countOf('line')]).toEqual([LIMITS.feedCalls, LIMITS.feedLines]);
  });

  it('keep untrusted text within the data of one event', async () => {
    const name = '</script><img src=x onerror=alert(1)>\n\nevent: reset\ndata: "\u2028\r\n\r\n';
    const { sid } = simulator.createCall({ streams: [{ name }] });
    const source = await open();
    const { data } = await source.until(isCall(sid));
    expect((data as CallView).streams[0]?.name).toBe(name);
    await source.until(isLine('call created'));
    expect(source.received.map(({ event }) => event)).toEqual(['reset', 'call', 'line']);
  });

  it('contain no credentials', async () => {
    const { sid } = simulator.createCall();
    await laml(simulator, sid, { form: { Url: 'http://127.0.0.1:1/' } });
    const source = await open();
    await source.until(isCall(sid, ({ updates }) => updates.length === 1));
    expect(source.text).not.toContain(simulator.apiToken);
    expect(source.text.toLowerCase()).not.toContain('basic ');
  });
});

describe('a reader of the events', () => {
  it('gets heartbeats while nothing happens', async () => {
    const quick = await startSimulator({ log: false, stalledReaderMs: 300 });
    onTestFinished(() => quick.close());
    const source = await EventSource.open(quick);
    onTestFinished(() => source.close());
    await expect(source.untilText(/(: still here\n\n.*){4}/s)).resolves.toBeUndefined();
  });

  it('is refused while the maximum number of readers is connected', async () => {
    const sources = await Promise.all(Array.from({ length: LIMITS.feedReaders }, () => open()));
    expect((await fetch(`${simulator.url}/simulator/events`)).status).toBe(503);
    sources[0]?.close();
    await expect
      .poll(async () => (await open().catch(() => null))?.headers['content-type'])
      .toContain('stream');
  });

  it('is disconnected if it stops reading', { timeout: 30_000 }, async () => {
    const app = await createSimulator({ ...DEFAULT_CONFIG, stalledReaderMs: 300, logChanges: false }, false);
    onTestFinished(() => app.close());
    await app.listen(0, '127.0.0.1');
    const impatient = { ...simulator, url: await app.getUrl() };
    await Promise.all(Array.from({ length: 4 }, () => longCall(impatient)));

    const connected = once(app.getHttpServer(), 'connection') as Promise<[Socket]>;
    const reader = await connectReader(impatient);
    onTestFinished(() => void reader.destroy());
    const [serversEnd] = await connected;
    // The reader never reads, so only the simulator can close the connection.
    await expect(once(serversEnd, 'close')).resolves.toBeDefined();
  });

  it('does not keep the simulator from closing', async () => {
    const source = await open();
    await source.until(({ event }) => event === 'reset');
    await simulator.close();
    await expect(source.ended).resolves.toBeUndefined();
  });
});

/** Creates a call whose view takes megabytes, more than a connection buffers. */
async function longCall(simulator: Simulator): Promise<void> {
  const sid = randomUUID();
  await control(simulator, 'POST', '/calls', { sid, faults: [{ status: 500, times: 'always' }] });
  const fields = Array.from({ length: 13 }, (_, index) => [`X${index}`, 'x'.repeat(LIMITS.text)]);
  const form = Object.fromEntries(fields) as Record<string, string>;
  for (let count = 0; count < LIMITS.feedRecords; count++) await laml(simulator, sid, { form });
}

async function connectReader({ url }: Simulator): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('GET /simulator/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return socket;
}
