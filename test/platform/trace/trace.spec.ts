import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { currentTrace, traced, traceFields, untraced } from '../../../src/platform/trace/trace.js';

const later = async () => {
  await setImmediate();
  return traceFields();
};

describe('the log', () => {
  it.each([
    ['of no request', [], {}],
    ['of a request', [{ requestId: 'one' }], { requestId: 'one' }],
    ['of the same request twice', [{ requestId: 'one' }, { requestId: 'one' }], { requestId: 'one' }],
    ['of several requests', [{ requestId: 'one' }, { requestId: 'two' }], { requestIds: ['one', 'two'] }],
    ['of a request whose id is not known', [{}], {}],
    [
      'of a request of a trace',
      [{ requestId: 'one', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }],
      { requestId: 'one', traceId: 'a'.repeat(32) },
    ],
  ])('names the origin %s', (_, origin, fields) => {
    expect(traced(origin, traceFields)).toEqual(fields);
  });

  it('names it in everything that the work awaits, and nowhere else', async () => {
    const [one, two, none] = await Promise.all([
      traced({ requestId: 'one' }, later),
      traced({ requestId: 'two' }, later),
      traced({ requestId: 'three' }, () => untraced(later)),
    ]);
    expect([one, two, none, traceFields()]).toEqual([{ requestId: 'one' }, { requestId: 'two' }, {}, {}]);
  });
});

it('keeps nothing of the origin but what identifies the request', () => {
  const origin = { requestId: 'one', callSid: 'call' };
  expect(traced(origin, currentTrace)).toEqual({ requestId: 'one' });
});
