import { describe, expect, it } from 'vitest';
import type { Cancellation } from '../../../src/api/cancellation.js';
import type { BulkResult } from '../../../src/api/actions/bulk.dto.js';
import { bearer, keyedApi } from '../../access/fixtures/keyed-api.js';

const { inject, send } = keyedApi([
  { name: 'billing-key', scopes: ['cancel', 'read'], projects: ['billing'] },
  { name: 'fraud-key', scopes: ['cancel', 'read'], projects: ['fraud'] },
]);

const post = (url: string, payload: object, name: string) =>
  inject({
    method: 'POST',
    url,
    headers: { ...bearer(name), 'content-type': 'application/json' },
    payload: JSON.stringify(payload),
  });

describe('a key that is limited to projects', () => {
  it('cannot act on the cancellations of others, nor count them', async () => {
    const body = { callSid: 'call', streamName: 'stream', project: 'billing' };
    const { id } = (await send(body, bearer('billing-key'))).json<Cancellation>();
    const answers = await Promise.all([
      inject({ method: 'DELETE', url: `/cancellations/${id}`, headers: bearer('fraud-key') }),
      post(`/cancellations/${id}/retry`, {}, 'fraud-key'),
      post(`/cancellations/${id}/callbacks/retry`, {}, 'fraud-key'),
    ]);
    expect(answers.map((answer) => answer.json<{ code: string }>().code)).toEqual(
      answers.map(() => 'cancellation_not_found'),
    );
    const none = { matched: 0, done: 0, skipped: 0, remaining: 0 };
    for (const action of ['withdraw', 'retry'])
      for (const filter of [{ all: true }, { project: ['billing'] }])
        expect((await post(`/cancellations/${action}`, filter, 'fraud-key')).json()).toEqual(none);
    const own = await post('/cancellations/withdraw', { all: true }, 'billing-key');
    expect(own.json()).toEqual({ ...none, matched: 1, done: 1 });
  });
});

describe('more than one request handles', () => {
  it('are done by sending it again until none remain', { timeout: 120_000 }, async () => {
    const cancellations = Array.from({ length: 1005 }, (_, number) => ({
      callSid: `call-${number}`,
      streamName: 'stream',
      project: 'fraud',
    }));
    for (const some of [cancellations.slice(0, 600), cancellations.slice(600)])
      await post('/cancellations/batch', { cancellations: some }, 'fraud-key');
    const results: BulkResult[] = [];
    do results.push((await post('/cancellations/withdraw', { all: true }, 'fraud-key')).json<BulkResult>());
    while ((results.at(-1)?.remaining ?? 0) > 0);
    expect(results).toEqual([
      { matched: 1005, done: 1000, skipped: 0, remaining: 5 },
      { matched: 5, done: 5, skipped: 0, remaining: 0 },
    ]);
  });
});
