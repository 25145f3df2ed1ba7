import { describe, expect, it } from 'vitest';
import { openStream } from '../api/watching/fixtures/open-stream.js';
import { bearer, keyedApi } from './fixtures/keyed-api.js';

const BILLING = { name: 'sales', scopes: ['cancel', 'read'], projects: ['billing'] };
const FRAUD = { name: 'risk', scopes: ['cancel', 'read'], projects: ['fraud'] };

describe('a key that is limited to projects', () => {
  const api = keyedApi([BILLING, FRAUD]);

  let calls = 0;
  /** A new cancellation of the project of the same name. */
  const created = async (name: string) =>
    (await api.send({ callSid: `${name}-${(calls += 1)}`, streamName: 'stream' }, bearer(name))).json<{
      id: string;
    }>();
  const withdraw = (id: string, name: string) =>
    api.inject({ method: 'DELETE', url: `/cancellations/${id}`, headers: bearer(name) });
  const open = async (path: string, name: string) => openStream((await api.url()) + path, bearer(name));
  const bulk = (action: string, payload: object) =>
    api.inject({
      method: 'POST',
      url: `/cancellations/${action}`,
      headers: { ...bearer('risk'), 'content-type': 'application/json' },
      payload: JSON.stringify(payload),
    });

  it('sees in the stream of a cancellation that one alone', async () => {
    const [other, own] = [await created('sales'), await created('risk')];
    const streams = [
      await open(`/cancellations/${other.id}/events`, 'sales'),
      await open(`/cancellations/${own.id}/events`, 'risk'),
    ];
    for (const stream of streams) await stream.until('event: cancellation');
    await withdraw(own.id, 'risk');
    await streams[1]?.closed;
    expect(new Set(streams[1]?.cancellations().map(({ id }) => id))).toEqual(new Set([own.id]));
    streams[0]?.leave();
  });

  it('cannot follow one of another project', async () => {
    const { id } = await created('sales');
    const response = await api.get(`/cancellations/${id}/events`, bearer('risk'));
    expect(response.statusCode).toBe(404);
  });

  it('sees in the stream of all those of its own projects alone', async () => {
    const [stream, asked] = [await open('/events', 'risk'), await open('/events?project=billing', 'risk')];
    await stream.until(': connected');
    await created('sales');
    const own = await created('risk');
    await stream.until(own.id);
    expect(new Set(stream.cancellations().map(({ project }) => project))).toEqual(new Set(['fraud']));
    expect(asked.cancellations()).toEqual([]);
    for (const one of [stream, asked]) one.leave();
  });

  it.each([
    ['DELETE', ''],
    ['POST', '/retry'],
    ['POST', '/callbacks/retry'],
  ] as const)('cannot act on one of another project: %s %s', async (method, action) => {
    const { id } = await created('sales');
    if (action === '/retry') await withdraw(id, 'sales');
    const response = await api.inject({
      method,
      url: `/cancellations/${id}${action}`,
      headers: bearer('risk'),
    });
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([
      404,
      'cancellation_not_found',
    ]);
  });

  it.each([
    ['withdraw', 'queued'],
    ['retry', 'withdrawn'],
  ])('acts with %s on those of its own projects alone', async (action, status) => {
    const [other, own] = [await created('sales'), await created('risk')];
    if (action === 'retry') {
      await withdraw(other.id, 'sales');
      await withdraw(own.id, 'risk');
    }
    expect((await bulk(action, { project: ['billing'] })).json()).toMatchObject({ matched: 0, done: 0 });
    expect((await bulk(action, { all: true })).json<{ done: number }>().done).toBeGreaterThan(0);
    expect((await api.get(`/cancellations/${other.id}`, bearer('sales'))).json()).toMatchObject({ status });
    const retries = await api.get(`/cancellations?callSid=sales-${calls - 1}`, bearer('sales'));
    expect(retries.json<{ items: unknown[] }>().items).toHaveLength(1);
  });

  it('loses its streams once it is gone, and gets nothing that has changed since', async () => {
    const [gone, kept] = [await open('/events', 'risk'), await open('/events', 'sales')];
    for (const stream of [gone, kept]) await stream.until(': connected');
    await api.rewriteKeys({ ...FRAUD, name: 'risk-2' }, BILLING);
    await api.send({ callSid: 'after', streamName: 'stream' }, bearer('risk-2'));
    await gone.closed;
    expect(gone.text()).not.toContain('after');
    const { id } = await created('sales');
    await kept.until(id);
    kept.leave();
  });
});
