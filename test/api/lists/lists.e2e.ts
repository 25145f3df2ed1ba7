import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cancellation } from '../../../src/api/cancellation.js';
import type { CancellationPage } from '../../../src/api/lists/lists.controller.js';
import type { Fault } from '../../../src/simulator/faults/fault.js';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';

const KEYS = 'billing:correct-horse-battery-staple,fraud:another-horse-battery-staple';

const as = (key = 'correct-horse-battery-staple') => ({ authorization: `Bearer ${key}` });

/** A worker notes the end of a cancellation a moment after its job has ended. */
const SOON = { timeout: 5000 };

describe('GET /cancellations', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ API_KEYS: KEYS, BACKOFF_BASE_MS: '10', BACKOFF_CAP_MS: '20' });
  });
  afterAll(() => service.close());

  const answerTo = (query: string) => service.api.request(`/cancellations?${query}`, { headers: as() });

  async function page(query: string): Promise<CancellationPage> {
    const response = await answerTo(query);
    expect(response.status).toBe(200);
    return (await response.json()) as CancellationPage;
  }
  const idsOf = async (query: string) => (await page(query)).items.map(({ id }) => id);

  async function accepted(fields: object, headers = as()): Promise<Cancellation> {
    const response = await service.api.post({ deadlineMs: 30_000, ...fields }, headers);
    expect(response.status).toBe(202);
    return (await response.json()) as Cancellation;
  }

  function call(faults: readonly Fault[] = []): string {
    const { sid } = service.simulator.createCall({ streams: [{ name: 'stream' }] });
    service.simulator.setFaults(sid, faults);
    return sid;
  }

  /** A request whose cancellation ends at once. */
  async function ended(fields: object, faults: readonly Fault[] = []): Promise<string> {
    const { id } = await accepted({ callSid: call(faults), streamName: 'stream', ...fields });
    await service.queue.finished(id);
    return id;
  }

  it('shows each as it is shown alone, the newest first', async () => {
    const streamName = randomUUID();
    const ids = [await ended({ streamName }), await ended({ streamName }), await ended({ streamName })];
    const alone = await Promise.all(
      ids.map(async (id) => (await service.api.request(`/cancellations/${id}`, { headers: as() })).json()),
    );
    expect(await page(`streamName=${streamName}`)).toEqual({ items: alone.toReversed(), nextCursor: null });
  });

  it('finds what has succeeded and what has failed, by why and by what is known', async () => {
    const streamName = randomUUID();
    const good = await ended({ streamName });
    const bad = await ended({ streamName }, [{ code: 21218 }]);
    const of = (query: string) => idsOf(`streamName=${streamName}&${query}`);
    await vi.waitFor(async () => {
      expect(await of('status=succeeded')).toEqual([good]);
      expect(await of('status=failed')).toEqual([bad]);
      expect(await of('status=failed,succeeded')).toEqual([bad, good]);
      expect(await of('failureCode=rejected')).toEqual([bad]);
      expect(await of('failureCode=timeout')).toEqual([]);
      expect(await of('failureCode=none')).toEqual([good]);
      expect(await of('failureCode=none,rejected&retried=false')).toEqual([bad, good]);
      expect(await of('evidence=document_fetched')).toEqual([good]);
      expect(await of('evidence=none')).toEqual([bad]);
      expect(await of('status=queued')).toEqual([]);
    }, SOON);
  });

  it('finds what was retried, and what was not', async () => {
    const streamName = randomUUID();
    const original = await ended({ streamName }, [{ code: 21218 }]);
    const other = await ended({ streamName }, [{ code: 21218 }]);
    const again = await service.api.request(`/cancellations/${original}/retry`, {
      method: 'POST',
      headers: as(),
    });
    const { id } = (await again.json()) as Cancellation;
    const of = (retried: string) => idsOf(`streamName=${streamName}&retried=${retried}`);
    expect(await of('true')).toEqual([original]);
    expect(await of('false')).toEqual([id, other]);
    const refused = await service.api.request('/cancellations?retried=perhaps', { headers: as() });
    expect(refused.status).toBe(400);
  });

  it('finds what waits, what is under way and what is tried again', async () => {
    const callSid = call([{ latencyMs: 500 }]);
    const of = (status: string) => idsOf(`callSid=${callSid}&status=${status}`);
    const { id } = await accepted({ callSid, streamName: 'stream' });
    await vi.waitFor(async () => expect(await of('running')).toEqual([id]), SOON);
    const second = await accepted({
      callSid: call([{ status: 503, headers: { 'retry-after': '2' } }]),
      streamName: 'stream',
    });
    await vi.waitFor(
      async () => expect(await idsOf(`callSid=${second.callSid}&status=retrying`)).toEqual([second.id]),
      SOON,
    );
    expect(await idsOf(`callSid=${second.callSid}&status=running,queued`)).toEqual([]);
    await service.queue.finished(id);
    expect(await of('running,queued,retrying')).toEqual([]);
  });

  it('finds the cancellations of a call, of a project, and of whoever asked', async () => {
    const callSid = call();
    const one = await accepted({ callSid, streamName: 'one' });
    const other = await accepted({ callSid, streamName: 'other' }, as('another-horse-battery-staple'));
    expect(await idsOf(`callSid=${callSid}`)).toEqual([other.id, one.id]);
    expect(await idsOf(`callSid=${callSid}&requestedBy=fraud`)).toEqual([other.id]);
    expect(await idsOf(`callSid=${callSid}&project=default`)).toEqual([other.id, one.id]);
    expect(await idsOf(`callSid=${callSid}&project=another`)).toEqual([]);
    expect(await idsOf(`callSid=${randomUUID()}`)).toEqual([]);
  });

  it('finds what was accepted in a span of time', async () => {
    const callSid = call();
    const { id, createdAt } = await accepted({ callSid, streamName: 'stream' });
    const after = new Date(Date.parse(createdAt) + 1).toISOString();
    expect(await idsOf(`callSid=${callSid}&createdAfter=${createdAt}&createdBefore=${after}`)).toEqual([id]);
    expect(await idsOf(`callSid=${callSid}&createdAfter=${after}`)).toEqual([]);
    expect(await idsOf(`callSid=${callSid}&createdBefore=${createdAt}`)).toEqual([]);
  });

  it('lists a stream that was asked for twice once', async () => {
    const callSid = call([{ latencyMs: 500 }]);
    const { id } = await accepted({ callSid, streamName: 'stream' });
    expect(await accepted({ callSid, streamName: 'stream' })).toMatchObject({ id, duplicate: true });
    expect(await idsOf(`callSid=${callSid}`)).toEqual([id]);
  });

  it('lists a request once that was repeated with its Idempotency-Key', async () => {
    const callSid = call();
    const key = { ...as(), 'idempotency-key': randomUUID() };
    const { id } = await accepted({ callSid, streamName: 'stream' }, key);
    await service.queue.finished(id);
    expect((await accepted({ callSid, streamName: 'stream' }, key)).id).toBe(id);
    expect(await idsOf(`callSid=${callSid}`)).toEqual([id]);
  });

  it('turns the pages in order, whatever is accepted meanwhile', async () => {
    const streamName = randomUUID();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.push((await accepted({ callSid: call(), streamName })).id);
    const first = await page(`streamName=${streamName}&limit=2`);
    await accepted({ callSid: call(), streamName });
    const second = await page(`streamName=${streamName}&limit=2&cursor=${first.nextCursor}`);
    const third = await page(`streamName=${streamName}&limit=2&cursor=${second.nextCursor}`);
    const pages = [first, second, third].flatMap(({ items }) => items.map(({ id }) => id));
    expect(pages).toEqual(ids.toReversed());
    expect(third.nextCursor).toBeNull();
  });

  it.each([
    ['status=done', 'status', 'one or more of queued'],
    ['limit=0', 'limit', 'a whole number from 1 to 200'],
    ['limit=201', 'limit', 'a whole number from 1 to 200'],
    ['limit=x', 'limit', 'a whole number from 1 to 200'],
    ['limit=', 'limit', 'a whole number from 1 to 200'],
    ['limit=0x10', 'limit', 'a whole number from 1 to 200'],
    ['limit=1e2', 'limit', 'a whole number from 1 to 200'],
    ['limit=%205', 'limit', 'a whole number from 1 to 200'],
    ['cursor=p%20', 'cursor', 'the nextCursor of an earlier page'],
    ['createdAfter=yesterday', 'createdAfter', 'a time with its zone'],
    ['createdAfter=2026-W05', 'createdAfter', 'a time with its zone'],
    ['createdAfter=2026-031', 'createdAfter', 'a time with its zone'],
    ['createdAfter=20260131T090000Z', 'createdAfter', 'a time with its zone'],
    ['createdAfter=2026-01-31T09', 'createdAfter', 'a time with its zone'],
    ['createdAfter=2026-01-31', 'createdAfter', 'a time with its zone'],
    ['createdAfter=2026-01-31T09:00:00', 'createdAfter', 'a time with its zone'],
    ['createdAfter=2026-01-31T24:00:00Z', 'createdAfter', 'a time with its zone'],
    ['createdAfter=2026-02-30T09:00:00Z', 'createdAfter', 'a time with its zone'],
    ['createdAfter=2026-12-31T23:59:60Z', 'createdAfter', 'a time with its zone'],
    ['createdAfter=2026-01-31T09:00:00,5Z', 'createdAfter', 'a time with its zone'],
    ['createdAfter=2026-01-31T09:00:00+01:00', 'createdAfter', 'a time with its zone'],
    ['callSid=a%20b', 'callSid', 'the SID of a call'],
    ['callSid=a&callSid=b', 'callSid', 'the SID of a call'],
    ['project=%2F', 'project', 'names of 1 to 64'],
    ['stauts=failed', 'stauts', 'not a known field'],
  ])('says what is wrong with %s', async (query, field, message) => {
    const response = await answerTo(query);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'invalid_query',
      errors: [{ field, message: expect.stringContaining(message) as string }],
    });
  });
});
