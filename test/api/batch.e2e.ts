import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import type { Problem } from '../../src/platform/http/problems/problem.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

type Item = Omit<Cancellation, 'status'> & Omit<Problem, 'status'>;

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const send = (body: unknown, headers: Record<string, string> = {}, { api } = service): Promise<Response> =>
  api.request('/cancellations/batch', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const itemsOf = async (response: Response): Promise<Item[]> => {
  expect(response.status).toBe(202);
  return ((await response.json()) as { items: Item[] }).items;
};

const ask = async (
  cancellations: readonly unknown[],
  headers: Record<string, string> = {},
): Promise<Item[]> => itemsOf(await send({ cancellations }, headers));

/** The entries of other tests may come first. */
const LONG = { timeout: 120_000 };

const entry = (callSid: string, more: object = {}) => ({ callSid, streamName: 'stream', ...more });

/** The name keeps the calls of one test apart from those of others. */
const entries = (name: string, count: number, more: object = {}) =>
  Array.from({ length: count }, (_, place) => entry(`${name}-${place}`, more));

const numberOfJobs = async (name: string): Promise<number> => {
  const jobs = await service.queue.queue.getJobs();
  return jobs.filter(({ data }) => data.callSid.startsWith(name)).length;
};

describe('a batch', () => {
  it('stops each of its streams', async () => {
    const calls = Array.from({ length: 3 }, () =>
      service.simulator.createCall({ streams: [{ name: 'stream' }] }),
    );
    const items = await ask(calls.map(({ sid }) => entry(sid, { then: [{ pause: 60 }] })));
    expect(items.map(({ callSid }) => callSid)).toEqual(calls.map(({ sid }) => sid));
    const ends = await Promise.all(items.map(({ id }) => service.finished(id)));
    expect(ends.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('is answered entry by entry, as if each had come alone', async () => {
    const alone = await service.api.post({ callSid: 'several-x', streamName: 'stream', deadlineMs: 1 });
    const problem = (await alone.json()) as Problem;

    const items = await ask([
      entry('several-a'),
      entry('several-x', { deadlineMs: 1 }),
      entry('several-b', { project: 'nowhere' }),
      entry('several-c', { streamName: undefined, streamNames: ['a', 'b'] }),
      entry('several-d', { strategy: 'stream_resource' }),
      null,
      entry('several-e'),
    ]);
    expect(items.map(({ id, code }) => (id === undefined ? code : 'queued'))).toEqual([
      'queued',
      ...Array.from({ length: 5 }, () => 'invalid_body'),
      'queued',
    ]);
    expect(items[1]).toEqual(Object.assign(problem, { instance: '/cancellations/batch#/cancellations/1' }));
    expect(items.slice(2, 5).map(({ errors }) => errors?.map(({ field }) => field))).toEqual([
      ['project'],
      ['streamNames'],
      ['streamSid'],
    ]);
    expect(items[6]).toMatchObject({ callSid: 'several-e', status: 'queued' });
    expect(await service.api.get(String(items[0]?.id))).toMatchObject({ callSid: 'several-a' });
  });

  it.each([
    ['proto', '{"callSid":"spoilt","streamName":"s","__proto__":{}}'],
    ['deep', `{"callSid":"spoilt","then":${'['.repeat(5000)}${']'.repeat(5000)}}`],
  ])('is not spoilt by an entry that class-transformer must not see: %s', async (name, spoilt) => {
    const body = `{"cancellations":[${spoilt},${JSON.stringify(entry(`beside-${name}`))}]}`;
    for (const headers of [undefined, { 'idempotency-key': name }]) {
      const items = await itemsOf(await send(body, headers));
      expect(items).toMatchObject([{ code: 'invalid_body' }, { callSid: `beside-${name}` }]);
    }
  });

  it('may consist of invalid entries only', async () => {
    const wrong = [{ callSid: 'wrong' }, 1];
    for (const items of [await ask(wrong), await ask(wrong, { 'idempotency-key': 'wrong' })])
      expect(items.map(({ code }) => code)).toEqual(['invalid_body', 'invalid_body']);
  });

  it('has one cancellation for a stream that it names twice, or that an earlier request named', async () => {
    const { id } = await service.api.create(entry('twice-a', { deadlineMs: 60_000 }));
    const items = await ask([entry('twice-a'), entry('twice-b'), entry('twice-c'), entry('twice-b')]);
    expect(items[0]).toMatchObject({ id, duplicate: true });
    expect(items[1]?.duplicate).toBeUndefined();
    expect(items[3]).toMatchObject({ id: items[1]?.id, duplicate: true });
    expect(await numberOfJobs('twice')).toBe(3);
  });

  it('is refused as a whole before it is transformed if it has very many values', async () => {
    const verbs = `{"callSid":"many","streamName":"s","then":[${'{},'.repeat(100_000)}{}]}`;
    const response = await send(`{"cancellations":[${verbs},${verbs}]}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'invalid_body',
      detail: 'the body has more than 20000 values',
    });
  });

  it('may have a thousand entries of a kilobyte, but not one more', async () => {
    const long = entries('thousand', 1000, { then: [{ say: 'x'.repeat(900) }] });
    const items = await ask(long);
    expect(new Set(items.map(({ id }) => id)).size).toBe(1000);
    expect(items.map(({ callSid }) => callSid)).toEqual(long.map(({ callSid }) => callSid));

    const more = await send({ cancellations: [...long, entry('thousand-more')] });
    expect(more.status).toBe(400);
    expect(await more.json()).toMatchObject({ code: 'invalid_body', errors: [{ field: 'cancellations' }] });
    expect(await numberOfJobs('thousand')).toBe(1000);
  });

  it('is refused if it is longer than a mebibyte, and no other body may be so long', async () => {
    const response = await send({
      cancellations: [entry('long', { then: [{ say: 'x'.repeat(1_048_576) }] })],
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      code: 'body_too_large',
      detail: 'the body must be at most 1048576 bytes long',
    });
    const single = await service.api.post(entry('long', { then: [{ say: 'x'.repeat(65_536) }] }));
    expect(await single.json()).toMatchObject({ detail: 'the body must be at most 65536 bytes long' });
  });

  it('is described for programs', async () => {
    const description = await (await service.api.request('/openapi.json')).json();
    expect(description).toMatchObject({
      paths: {
        '/cancellations/batch': {
          post: {
            requestBody: {
              content: { 'application/json': { schema: { $ref: '#/components/schemas/CreateBatchDto' } } },
            },
            responses: { 202: {}, 400: {}, 401: {}, 413: {}, 415: {}, 422: {}, 503: {} },
          },
        },
      },
      components: {
        schemas: { CreateBatchDto: { properties: { cancellations: { minItems: 1, maxItems: 1000 } } } },
      },
    });
  });
});

const key = (value: string) => ({ 'idempotency-key': value });

describe('a batch with an Idempotency-Key', () => {
  it('returns the same cancellations again, in any order of fields', async () => {
    const cancellations = [entry('keyed-a'), { callSid: 'keyed bad' }, entry('keyed-b'), entry('keyed-a')];
    const first = await send({ cancellations }, key('keyed'));
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const items = await itemsOf(first);
    expect(items.map(({ id, duplicate, code }) => [typeof id, duplicate, code])).toEqual([
      ['string', undefined, undefined],
      ['undefined', undefined, 'invalid_body'],
      ['string', undefined, undefined],
      ['string', true, undefined],
    ]);

    const turned = cancellations.map((one) => Object.fromEntries(Object.entries(one).toReversed()));
    const again = await send({ cancellations: turned }, key('keyed'));
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const repeated = await itemsOf(again);
    expect(repeated.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    expect(repeated[3]?.duplicate).toBe(true);
    expect(await numberOfJobs('keyed')).toBe(2);
  });

  it('is refused with another body, such as a single request', async () => {
    await ask([entry('reused-a')], key('reused'));
    const bodies = [{ cancellations: [entry('reused-b')] }, { cancellations: [entry('reused-a'), 1] }];
    for (const body of bodies) {
      const response = await send(body, key('reused'));
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ code: 'idempotency_key_reused' });
    }
    expect((await service.api.post(entry('reused-a'), key('reused'))).status).toBe(422);
    await service.api.post(entry('reused-c'), key('single'));
    expect((await send({ cancellations: [entry('reused-c')] }, key('single'))).status).toBe(422);
    expect(await numberOfJobs('reused')).toBe(2);
  });

  it('stays with the earlier cancellation of its stream, also after that has ended', LONG, async () => {
    // The earlier one cannot end before the batch has joined it.
    const { sid } = service.simulator.createCall({ status: 'ringing', streams: [{ name: 'stream' }] });
    const { id } = await service.api.create(entry(sid));
    const cancellations = [entry(sid), entry('joined')];
    const [joined, own] = await ask(cancellations, key('joined'));
    expect(joined).toMatchObject({ id, duplicate: true });
    service.simulator.endCall(sid, 'in-progress');
    await service.finished(id);

    const again = await ask(cancellations, key('joined'));
    expect(again).toMatchObject([{ id, duplicate: true, status: 'succeeded' }, { id: own?.id }]);
    expect(await numberOfJobs(sid)).toBe(1);
  });

  it('returns the same cancellations to many requests at once', async () => {
    const cancellations = entries('crowd', 20);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(cancellations, key('crowd'))));
    const ids = answers.map((items) => items.map(({ id }) => id).join());
    expect(new Set(ids).size).toBe(1);
    expect(await numberOfJobs('crowd')).toBe(20);
  });
});
