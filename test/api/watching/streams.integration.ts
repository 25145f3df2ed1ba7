import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { openStream } from './fixtures/open-stream.js';
import type { OpenStream } from './fixtures/open-stream.js';

const MOST_READERS = 200;

/** So that nothing happens to a cancellation by itself. */
const API_ALONE = { ROLES: 'api' };

let service: TestService;
beforeAll(async () => {
  service = await startTestService(API_ALONE);
});
afterAll(async () => {
  await service.close();
});

const created = (fields: object = {}) =>
  service.api.create({ callSid: randomUUID(), streamName: 'stream', deadlineMs: 600_000, ...fields });

const withdraw = (id: string) => service.api.request(`/cancellations/${id}`, { method: 'DELETE' });

const opened: OpenStream[] = [];
afterEach(async () => {
  for (const stream of opened) stream.leave();
  await Promise.all(opened.splice(0).map(({ closed }) => closed));
});

async function open(
  path = '/events',
  headers: Record<string, string> = {},
  { api } = service,
): Promise<OpenStream> {
  const stream = await openStream(api.url + path, headers);
  opened.push(stream);
  return stream;
}

/** As a client that writes its own requests. */
async function rawly(path: string, { api } = service): Promise<Socket> {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname.replaceAll(/[[\]]/g, ''));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  return socket;
}

describe('readers', () => {
  it('are 200 at most, and one that leaves makes room for another', async () => {
    await vi.waitFor(async () => {
      const streams = await Promise.all(Array.from({ length: MOST_READERS - opened.length }, () => open()));
      expect(streams.map(({ status }) => status)).not.toContain(503);
    }, 10_000);
    const response = await service.api.request('/events');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'too_many_readers' });
    opened[0]?.leave();
    await vi.waitFor(async () => expect((await open()).status).toBe(200), 5000);
  });

  it.each([
    ['all', () => '/events'],
    ['one', async () => `/cancellations/${(await created()).id}/events`],
  ])('of %s that leave at once keep no place', async (_, pathOf) => {
    const path = await pathOf();
    for (let n = 0; n < MOST_READERS + 20; n += 1) {
      const socket = await rawly(path);
      socket.resetAndDestroy();
    }
    await vi.waitFor(async () => {
      const stream = await open();
      stream.leave();
      expect(stream.status).toBe(200);
    }, 5000);
  });

  it('get a change each, and of a filter what matches alone', async () => {
    const [all, matching, other] = [
      await open(),
      await open('/events?status=withdrawn'),
      await open('/events?status=failed'),
    ];
    const { id } = await created();
    await withdraw(id);
    await matching.until(id);
    await all.until('"status":"withdrawn"');
    expect(new Set(matching.cancellations().map(({ status }) => status))).toEqual(new Set(['withdrawn']));
    expect(other.cancellations()).toEqual([]);
  });

  it('that come back get everything that they have missed, also if it is much', async () => {
    const first = await open();
    const { id } = await created();
    await first.until(id);
    const seen = /^id: (\S+)$/m.exec(first.text())?.[1] ?? '';
    first.leave();
    const ids: string[] = [];
    for (let n = 0; n < 250; n += 1) ids.push((await created()).id);
    const second = await open('/events', { 'last-event-id': seen });
    for (const missed of ids) await second.until(missed);
    expect(second.text()).not.toContain('gap');
    expect(second.text()).not.toContain(id);
  });
});

describe('the stream of one cancellation', () => {
  it('ends when it has, and is not opened again by a client that has seen that', async () => {
    const { id } = await created();
    const stream = await open(`/cancellations/${id}/events`);
    await stream.until(id);
    await withdraw(id);
    await stream.closed;
    expect(stream.cancellations().at(-1)).toMatchObject({ id, status: 'withdrawn' });
    const lastEventId = [...stream.text().matchAll(/^id: (\S+)$/gm)].at(-1)?.[1] ?? '';
    const again = await service.api.request(`/cancellations/${id}/events`, {
      headers: { 'last-event-id': lastEventId },
    });
    expect(again.status).toBe(204);
  });

  it('shows its end to a client that was away then', async () => {
    const { id } = await created();
    const first = await open(`/cancellations/${id}/events`);
    await first.until(id);
    const seen = /^id: (\S+)$/m.exec(first.text())?.[1] ?? '';
    first.leave();
    await withdraw(id);
    const second = await open(`/cancellations/${id}/events`, { 'last-event-id': seen });
    await second.closed;
    expect(second.cancellations()).toMatchObject([{ id, status: 'withdrawn' }]);
  });

  it('shows its end to a client whose last event is not kept any more', async () => {
    const { id } = await created();
    await withdraw(id);
    const stream = await open(`/cancellations/${id}/events`, { 'last-event-id': '1-0' });
    await stream.closed;
    expect(stream.cancellations()).toMatchObject([{ id, status: 'withdrawn' }]);
  });

  it('is 400 for an id that is not one of an event', async () => {
    const { id } = await created();
    const headers = { 'last-event-id': 'nonsense' };
    const response = await service.api.request(`/cancellations/${id}/events`, { headers });
    expect([response.status, await response.json()]).toMatchObject([400, { code: 'invalid_query' }]);
  });
});

describe('while the process stops', () => {
  it('streams end, and nobody waits any longer', async () => {
    const stopping = await startTestService(API_ALONE, service.simulator);
    const stream = await openStream(`${stopping.api.url}/events`);
    const body = { callSid: 'call', streamName: 'stream', deadlineMs: 600_000 };
    const { id } = await stopping.api.create(body);
    await stream.until(id);
    const held = stopping.api.request(`/cancellations/${id}`, { headers: { prefer: 'wait=30' } });
    const single = await openStream(`${stopping.api.url}/cancellations/${id}/events`);
    await single.until(id);
    await stopping.close();
    await Promise.all([stream.closed, single.closed]);
    const response = await held;
    expect(response.headers.has('preference-applied')).toBe(false);
    expect(await response.json()).toMatchObject({ id, status: 'queued' });
  });
});
