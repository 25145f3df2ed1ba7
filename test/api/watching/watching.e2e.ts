import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cancellation } from '../../../src/api/cancellation.js';
import type { Fault } from '../../../src/simulator/faults/fault.js';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

function call(faults: readonly Fault[] = []): string {
  const { sid } = service.simulator.createCall({ streams: [{ name: 'stream' }] });
  service.simulator.setFaults(sid, faults);
  return sid;
}

/** SignalWire is unavailable, and says for how long. */
const AWAY: Fault = { status: 503, headers: { 'retry-after': '20' } };

const create = (callSid: string, prefer?: string) =>
  service.api.post({ callSid, streamName: 'stream' }, prefer === undefined ? {} : { prefer });

describe('Prefer: wait', () => {
  it('holds the answer to a request until the cancellation has finished', async () => {
    const response = await create(call([{ latencyMs: 300 }]), 'wait=20');
    expect(response.status).toBe(200);
    expect(response.headers.get('preference-applied')).toBe('wait=20');
    expect(response.headers.get('location')).toMatch(/^\/cancellations\//);
    expect(await response.json()).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
  });

  it('answers with how it stands when the time is over', async () => {
    const response = await create(call([AWAY]), 'wait=1');
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBe('wait=1');
    expect(await response.json()).toMatchObject({ status: 'retrying', finishedAt: null });
  });

  it('holds the answer to a read as well, also in another process than the worker', async () => {
    const { id } = await service.api.create({ callSid: call([{ latencyMs: 300 }]), streamName: 'stream' });
    const response = await service.api.request(`/cancellations/${id}`, { headers: { prefer: 'wait=20' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('preference-applied')).toBe('wait=20');
    expect(await response.json()).toMatchObject({ id, status: 'succeeded' });
  });

  it('waits for all streams of a request', async () => {
    const { sid } = service.simulator.createCall({ streams: [{ name: 'one' }, { name: 'two' }] });
    const body = { callSid: sid, streamNames: ['one', 'two'] };
    const response = await service.api.post(body, { prefer: 'wait=20' });
    expect(response.status).toBe(200);
    const { items } = (await response.json()) as { items: Cancellation[] };
    expect(items.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  });

  it('is left alone where it is not asked for', async () => {
    const response = await create(call(), 'respond-async');
    expect(response.status).toBe(202);
    expect(response.headers.has('preference-applied')).toBe(false);
  });

  it('ends when a cancellation is withdrawn', async () => {
    const { id } = await service.api.create({ callSid: call([AWAY]), streamName: 'stream' });
    const held = service.api.request(`/cancellations/${id}`, { headers: { prefer: 'wait=20' } });
    await expect
      .poll(async () => (await service.api.request(`/cancellations/${id}`, { method: 'DELETE' })).status, {
        timeout: 5000,
      })
      .toBe(200);
    expect(await (await held).json()).toMatchObject({ id, status: 'withdrawn' });
  });
});

interface ReadEvent {
  readonly id: string;
  readonly data: Cancellation;
}

/** Reads events until `isEnough`, or until the stream ends. */
async function events(
  path: string,
  isEnough: (read: readonly ReadEvent[]) => boolean = () => false,
  onOpen: () => Promise<unknown> = async () => undefined,
  headers: Record<string, string> = {},
): Promise<ReadEvent[]> {
  const leave = new AbortController();
  const response = await service.api.request(path, { headers, signal: leave.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const read: ReadEvent[] = [];
  let text = '';
  let isOpen = false;
  const decoder = new TextDecoder();
  try {
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes as Uint8Array, { stream: true });
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const [, id = '', data = 'null'] = /^id: (\S+)\nevent: cancellation\ndata: (.*)$/.exec(part) ?? [];
        if (id !== '') read.push({ id, data: JSON.parse(data) as Cancellation });
      }
      if (!isOpen) await onOpen();
      isOpen = true;
      if (isEnough(read)) break;
    }
  } finally {
    leave.abort();
  }
  return read;
}

const statusesIn = (read: readonly ReadEvent[]) => [...new Set(read.map(({ data }) => data.status))];

describe('the events of a cancellation', () => {
  it('begin with how it stands, and end when it has finished', async () => {
    const { id } = await service.api.create({ callSid: call([{ latencyMs: 500 }]), streamName: 'stream' });
    const read = await events(`/cancellations/${id}/events`);
    expect(new Set(read.map(({ data }) => data.id))).toEqual(new Set([id]));
    expect(statusesIn(read).at(-1)).toBe('succeeded');
    expect(read.at(-1)?.data).toEqual(await service.api.get(id));
    expect(read.length).toBeGreaterThan(1);
  });

  it('are one if it has finished already', async () => {
    const { id } = await service.api.create({ callSid: call(), streamName: 'stream' });
    await service.finished(id);
    expect((await events(`/cancellations/${id}/events`)).map(({ data }) => data.status)).toEqual([
      'succeeded',
    ]);
  });

  it('are 404 for one that does not exist', async () => {
    const response = await service.api.request(`/cancellations/${randomUUID()}/events`);
    expect(response.status).toBe(404);
  });
});

const hasBegun = (read: readonly ReadEvent[]): boolean => read.length > 0;

describe('the events of all cancellations', () => {
  it('are those of the call that is asked for, from the first to the last', async () => {
    const [callSid, other] = [call(), call()];
    const read = await events(
      `/events?callSid=${callSid}`,
      (soFar) => soFar.at(-1)?.data.status === 'succeeded',
      async () => {
        await create(other);
        await create(callSid);
      },
    );
    expect(new Set(read.map(({ data }) => data.callSid))).toEqual(new Set([callSid]));
  });

  it('go on after the last one that was seen', async () => {
    const callSid = call([{ latencyMs: 3000 }]);
    const first = await events(`/events?callSid=${callSid}`, hasBegun, () => create(callSid));
    const [seen] = first;
    await service.queue.finished(seen?.data.id ?? '');
    const rest = await events(
      `/events?callSid=${callSid}`,
      (soFar) => soFar.at(-1)?.data.status === 'succeeded',
      undefined,
      { 'last-event-id': seen?.id ?? '' },
    );
    expect(rest.length).toBeGreaterThan(0);
    expect(rest.every((event) => event.id > (seen?.id ?? ''))).toBe(true);
  });

  it('say so if changes in between are not kept any more', async () => {
    const leave = new AbortController();
    const response = await service.api.request('/events', {
      headers: { 'last-event-id': '1-0' },
      signal: leave.signal,
    });
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes as Uint8Array);
      if (text.includes('event: gap\ndata: {}\n\n')) break;
    }
    leave.abort();
    expect(text).toContain('event: gap');
  });

  it.each([
    ['status=done', {}],
    ['streamName=stream', {}],
    ['', { 'last-event-id': 'nonsense' }],
  ])('are 400 for %s %j', async (query, headers) => {
    const response = await service.api.request(`/events?${query}`, {
      headers: headers as Record<string, string>,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid_query' });
  });
});
