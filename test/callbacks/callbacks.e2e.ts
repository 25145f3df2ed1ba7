import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { scratchFile } from '../projects/fixtures/projects-file.js';
import { startReceiver } from './fixtures/receiver.js';
import type { CallbackBody, Received, Receiver } from './fixtures/receiver.js';
import { NEXT_SECRET, SECRET, startCallingService } from './fixtures/service.js';
import type { CallingService } from './fixtures/service.js';

const SOON = { timeout: 8000 };

/** As its receiver checks it. */
const verified = ({ body, headers }: Received, secret = SECRET): CallbackBody =>
  new Webhook(secret).verify(body, headers as Record<string, string>) as CallbackBody;

describe('a callback', () => {
  let service: CallingService;
  const receivers: Receiver[] = [];
  const scripts = {
    plain: [],
    failing: [500, 302, 503],
    gone: [410],
    asking: [[429, { 'retry-after': '900' }]],
    redirecting: [[307, { location: '/elsewhere' }]],
    silent: Array.from({ length: 60 }, () => null),
  } as const;
  const named = new Map<string, Receiver>();
  const receiver = (name: keyof typeof scripts): Receiver => named.get(name)!;

  beforeAll(async () => {
    for (const [name, script] of Object.entries(scripts)) {
      const hostname = name === 'silent' ? 'localhost' : '127.0.0.1';
      const started = await startReceiver(script, { hostname });
      receivers.push(started);
      named.set(name, started);
    }
    service = await startCallingService(receivers.map(({ host }) => host));
  });
  afterEach(() => {
    for (const { received } of receivers) received.length = 0;
  });
  afterAll(async () => {
    await Promise.all(receivers.map((one) => one.close()));
    await service.close();
  });

  it('reports a success with the whole cancellation, signed', async () => {
    const { url, until } = receiver('plain');
    const { id, callbacks } = await service.request({ callbackUrl: url });
    expect(callbacks).toEqual([
      { url, event: null, status: 'pending', attempts: [], nextAttemptAt: null, deliveredAt: null },
    ]);
    const [received] = await until(1);
    const { type, timestamp, data } = verified(received!);
    const { callbacks: history, ...shown } = await service.api.get(id);
    expect({ type, timestamp }).toEqual({ type: 'cancellation.succeeded', timestamp: shown.finishedAt });
    expect(data).toEqual({
      ...shown,
      callbacks: [Object.assign({}, callbacks[0], { event: 'cancellation.succeeded' })],
    });
    expect(data.requestId).toMatch(/^[\da-f-]{36}$/);
    expect(received).toMatchObject({
      path: '/stopped?tenant=7',
      headers: { 'content-type': 'application/json', 'webhook-id': `msg_${id}` },
    });
    expect(history).toHaveLength(1);
    const { attempts } = await service.attempted(id, 1);
    expect(attempts).toMatchObject([{ outcome: 'delivered', httpStatus: 204, message: null }]);
    await vi.waitFor(
      async () => expect(await service.callbackOf(id)).toMatchObject({ status: 'delivered' }),
      SOON,
    );
    expect((await service.callbackOf(id)).deliveredAt).not.toBeNull();
    const list = (await (await service.api.request(`/cancellations?callSid=${shown.callSid}`)).json()) as {
      items: Cancellation[];
    };
    expect(list.items[0]?.callbacks).toEqual([await service.callbackOf(id)]);
  });

  it('reports a failure, an expiry and a withdrawal', async () => {
    const { url, until, received } = receiver('plain');
    const failed = await service.request({ callbackUrl: url }, true);
    const away = service.simulator.createCall({ streams: [{ name: 'stream' }] }).sid;
    service.simulator.setFaults(away, [{ status: 503, headers: { 'retry-after': '20' } }]);
    const waiting = await service.request({ callbackUrl: url, callSid: away });
    await vi.waitFor(async () => expect((await service.api.get(waiting.id)).status).toBe('retrying'), SOON);
    await service.api.request(`/cancellations/${waiting.id}`, { method: 'DELETE' });
    const late = service.simulator.createCall({ streams: [{ name: 'stream' }] }).sid;
    service.simulator.setFaults(
      late,
      Array.from({ length: 99 }, () => ({ status: 503 })),
    );
    const expired = await service.request({ callbackUrl: url, callSid: late, deadlineMs: 1000 });
    await until(3);
    const types = received.map((one) => verified(one)).map(({ type, data }) => [data.id, type]);
    expect(new Map(types as [string, string][])).toEqual(
      new Map([
        [failed.id, 'cancellation.failed'],
        [waiting.id, 'cancellation.withdrawn'],
        [expired.id, 'cancellation.expired'],
      ]),
    );
  });

  it('is tried again with the same id until the receiver takes it', async () => {
    const { url, until } = receiver('failing');
    const { id } = await service.request({ callbackUrl: url });
    for (let attempts = 1; attempts <= 3; attempts += 1) {
      const { nextAttemptAt, attempts: made } = await service.attempted(id, attempts);
      const waitMs = Date.parse(nextAttemptAt ?? '') - Date.parse(made.at(-1)!.startedAt);
      expect(waitMs).toBeGreaterThanOrEqual(5000);
      await service.promote(id);
    }
    const received = await until(4);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(received.map((one) => verified(one).data.id))).toEqual(new Set([id]));
    expect((await service.attempted(id, 4)).attempts).toMatchObject([
      { outcome: 'rejected', httpStatus: 500 },
      { outcome: 'rejected', httpStatus: 302 },
      { outcome: 'rejected', httpStatus: 503 },
      { outcome: 'delivered', httpStatus: 204 },
    ]);
  });

  it('ends with 410, and is delivered again only when somebody asks for it', async () => {
    const { url, until } = receiver('gone');
    const { id } = await service.request({ callbackUrl: url });
    await until(1);
    await vi.waitFor(
      async () =>
        expect(await service.callbackOf(id)).toMatchObject({ status: 'failed', nextAttemptAt: null }),
      SOON,
    );
    const response = await service.retryCallback(id);
    expect(response.status).toBe(202);
    const [first, second] = await until(2);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    await vi.waitFor(
      async () =>
        expect(await service.callbackOf(id)).toMatchObject({
          status: 'delivered',
          attempts: [{ outcome: 'gone' }, { outcome: 'delivered' }],
        }),
      SOON,
    );
    expect((await service.retryCallback(id)).status).toBe(202);
    await until(3);
  });

  it('has every delivery in its history, however many ask for it at once', async () => {
    const { url, until, received } = receiver('plain');
    const { id } = await service.request({ callbackUrl: url });
    await until(1);
    for (let round = 1; round <= 6; round += 1) {
      await vi.waitFor(async () => expect((await service.callbackOf(id)).status).toBe('delivered'), SOON);
      const before = received.length;
      await Promise.all(Array.from({ length: 6 }, () => service.retryCallback(id)));
      await until(before + 1);
      await vi.waitFor(async () => {
        const { status, attempts } = await service.callbackOf(id);
        expect([status, attempts.length]).toEqual(['delivered', Math.min(30, received.length)]);
      }, SOON);
    }
  });

  it('waits as long as the receiver asks, unless somebody asks for it now', async () => {
    const { url, until } = receiver('asking');
    const { id } = await service.request({ callbackUrl: url });
    const { attempts, nextAttemptAt } = await service.attempted(id, 1);
    const waitMs = Date.parse(nextAttemptAt ?? '') - Date.parse(attempts[0]!.startedAt);
    expect(waitMs).toBeGreaterThanOrEqual(900_000);
    await vi.waitFor(async () => {
      expect((await service.retryCallback(id)).status).toBe(202);
      expect(receiver('asking').received.length).toBe(2);
    }, SOON);
    await until(2);
  });

  it('does not follow a redirect', async () => {
    const { url, received } = receiver('redirecting');
    const { id } = await service.request({ callbackUrl: url });
    const { attempts } = await service.attempted(id, 1);
    expect(attempts).toMatchObject([
      { outcome: 'rejected', message: 'the receiver answered 307; redirects are not followed' },
    ]);
    expect(received.map(({ path }) => path)).toEqual(['/stopped?tenant=7']);
  });

  it('that nobody answers delays no other', { timeout: 30_000 }, async () => {
    const silent = receiver('silent');
    const stuck = await Promise.all(
      Array.from({ length: 12 }, () => service.request({ callbackUrl: silent.url })),
    );
    await silent.until(2);
    const { id } = await service.request({ callbackUrl: receiver('plain').url });
    await receiver('plain').until(1, 3000);
    expect(silent.received).toHaveLength(2);
    expect((await service.callbackOf(id)).event).toBe('cancellation.succeeded');
    const first = stuck.find(({ id: one }) =>
      silent.received.some(({ headers }) => headers['webhook-id'] === `msg_${one}`),
    )!;
    await vi.waitFor(
      async () =>
        expect((await service.callbackOf(first.id)).attempts).toMatchObject([
          { outcome: 'timeout', httpStatus: null, message: 'no answer within 10000 ms' },
        ]),
      { timeout: 15_000 },
    );
  });

  it('starts once more when its busy receiver has room', { timeout: 60_000 }, async () => {
    const answering = new AbortController();
    const heldUntil = once(answering.signal, 'abort');
    const busy = await startReceiver([], { heldUntil });
    const burst = await startCallingService([busy.host]);
    await Promise.all(Array.from({ length: 40 }, () => burst.request({ callbackUrl: busy.url })));
    await vi.waitFor(
      async () => {
        const { active = 0, delayed = 0 } = await burst.callbacks.getJobCounts('active', 'delayed');
        expect([active + delayed, busy.received.length]).toEqual([40, active]);
      },
      { timeout: 30_000 },
    );
    answering.abort();
    await busy.until(40);
    const starts = (await burst.callbacks.getJobs()).map((job) => job.attemptsStarted);
    expect(Math.max(...starts)).toBeLessThanOrEqual(3);
    await burst.close();
    await busy.close();
  });

  it('cannot be retried where there is none, before the end, or for what does not exist', async () => {
    const problem = async (id: string) => {
      const response = await service.retryCallback(id);
      return [response.status, ((await response.json()) as { code: string }).code];
    };
    const without = await service.request({});
    expect(without.callbacks).toEqual([]);
    expect(await problem(without.id)).toEqual([409, 'no_callback']);
    const { sid } = service.simulator.createCall({ streams: [{ name: 'stream' }] });
    service.simulator.setFaults(sid, [{ status: 503, headers: { 'retry-after': '20' } }]);
    const waiting = await service.request({ callSid: sid, callbackUrl: receiver('plain').url });
    expect(await problem(waiting.id)).toEqual([409, 'not_finished']);
    expect(await problem(randomUUID())).toEqual([404, 'cancellation_not_found']);
  });

  const refusal = async (callbackUrl: string) => {
    const response = await service.api.post({ callSid: 'call', streamName: 'stream', callbackUrl });
    const { errors = [] } = (await response.json()) as { errors?: { field: string; message: string }[] };
    return [response.status, errors[0]?.field, errors[0]?.message];
  };

  it('is refused for hosts that are not allowed, and what is no URL', async () => {
    expect(await refusal('https://elsewhere.example.com/')).toEqual([
      400,
      'callbackUrl',
      'callbackUrl must lead to one of the hosts that CALLBACK_HOSTS allows',
    ]);
    expect((await refusal('ftp://elsewhere.example.com/')).slice(0, 2)).toEqual([400, 'callbackUrl']);
    expect((await refusal('https://user@elsewhere.example.com/')).slice(0, 2)).toEqual([400, 'callbackUrl']);
  });

  it('is not queued, counted or looked for where a cancellation has none', async () => {
    const { id } = await service.request({});
    await service.finished(id);
    expect(await service.callbacks.getJob(id)).toBeUndefined();
  });
});

describe('during a rotation', () => {
  it('a callback is signed with both secrets', async () => {
    const receiver = await startReceiver();
    const service = await startCallingService([receiver.host], {
      CALLBACK_SECRETS: `${NEXT_SECRET},${SECRET}`,
    });
    await service.request({ callbackUrl: receiver.url });
    const [received] = await receiver.until(1);
    expect(verified(received!, SECRET)).toEqual(verified(received!, NEXT_SECRET));
    expect(received?.headers['webhook-signature']).toMatch(/^v1,[^ ]+ v1,[^ ]+$/);
    await receiver.close();
    await service.close();
  });
});

describe('without ALLOW_PRIVATE_CALLBACKS', () => {
  it('a callback to an address of this machine is refused', async () => {
    const service = await startCallingService(['localhost'], { ALLOW_PRIVATE_CALLBACKS: 'false' });
    const callbackUrl = 'https://localhost/';
    const response = await service.api.post({ callSid: 'call', streamName: 'stream', callbackUrl });
    expect(await response.json()).toMatchObject({
      status: 400,
      errors: [
        { message: 'callbackUrl must be a public https address, unless ALLOW_PRIVATE_CALLBACKS is true' },
      ],
    });
    await service.close();
  });
});

describe('without its variables', () => {
  it('a callback is refused, and the answer names them', async () => {
    const service = await startCallingService(['app.example.com'], { CALLBACK_SECRETS: '' });
    const callbackUrl = 'https://app.example.com/';
    const response = await service.api.post({ callSid: 'call', streamName: 'stream', callbackUrl });
    expect(await response.json()).toMatchObject({
      status: 400,
      errors: [{ field: 'callbackUrl', message: expect.stringContaining('CALLBACK_SECRETS') as string }],
    });
    await service.close();
  });
});

describe('a project', () => {
  it('has a callback of its own for requests that name none', async () => {
    const receiver = await startReceiver();
    const simulator = await startSimulator({ log: false });
    const project = {
      name: 'billing',
      spaceUrl: simulator.url,
      projectId: 'billing-id',
      apiToken: 'PTbilling',
      defaultCallbackUrl: receiver.url,
    };
    const SIGNALWIRE_PROJECTS_FILE = await scratchFile({ projects: [project] });
    const service = await startCallingService([receiver.host], { SIGNALWIRE_PROJECTS_FILE });
    const { id } = await service.request({ project: 'billing', deadlineMs: 1000 });
    const [received] = await receiver.until(1);
    expect(verified(received!).data).toMatchObject({ id, project: 'billing' });
    await receiver.close();
    await service.close();
    await simulator.close();
  });
});
