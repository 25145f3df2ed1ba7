import { describe, expect, it } from 'vitest';

const { atTime, changed, eventsQuery, filterIn, matches, queryOf } = (await import(
  new URL('../../../src/console/page/list/filter.js', import.meta.url).href
)) as {
  atTime: (filter: object, now: number) => object;
  changed: (filter: object, name: string, value: unknown) => object;
  eventsQuery: (filter: object) => string;
  filterIn: (query: URLSearchParams) => object;
  matches: (filter: object, cancellation: object, now?: number) => boolean;
  queryOf: (filter: object) => string;
};

const { described } = (await import(
  new URL('../../../src/console/page/list/described.js', import.meta.url).href
)) as { described: (filter: object) => string };

const NOW = Date.parse('2026-01-31T10:00:00.000Z');

describe('the filter of the list', () => {
  it.each([
    ['', {}],
    ['status=failed,expired&last=1h', { status: ['failed', 'expired'], last: '1h' }],
    ['callSid=a-b&streamName=two+words%26', { callSid: 'a-b', streamName: 'two words&' }],
    [
      'project=a,b&failureCode=timeout&createdBefore=2026-01-31T09:00:00Z',
      {
        failureCode: ['timeout'],
        project: ['a', 'b'],
        createdBefore: '2026-01-31T09:00:00Z',
      },
    ],
    ['status=&callSid=', { status: [''], callSid: '' }],
    ['status=failed&status=expired', { status: ['failed', 'expired'] }],
    ['failureCode=none&retried=false', { failureCode: ['none'], retried: 'false' }],
    ['nonsense=1&last=2h&createdAfter=foo', { nonsense: '1', last: '2h', createdAfter: 'foo' }],
  ])('is read from the address and written to it: %s', (query, filter) => {
    expect(filterIn(new URLSearchParams(query))).toEqual(filter);
    expect(filterIn(new URLSearchParams(queryOf(filter)))).toEqual(filter);
  });

  it('loses a parameter that becomes empty', () => {
    const filter = { status: ['failed'], callSid: 'a' };
    expect(changed(filter, 'status', [])).toEqual({ callSid: 'a' });
    expect(changed(filter, 'callSid', '')).toEqual({ status: ['failed'] });
    expect(changed(filter, 'callSid', 'b')).toEqual({ status: ['failed'], callSid: 'b' });
  });

  it('names a time for the API where the address names a duration', () => {
    expect(atTime({ last: '1h', status: ['failed'] }, NOW)).toEqual({
      status: ['failed'],
      createdAfter: '2026-01-31T09:00:00.000Z',
    });
  });

  it.each([
    ['2026-01-31T09:30:00.000Z', '2026-01-31T09:30:00.000Z'],
    ['2026-01-31T08:30:00.000Z', '2026-01-31T09:00:00.000Z'],
  ])('means no more than both a time and a duration allow: since %s', (createdAfter, effective) => {
    expect(atTime({ last: '1h', createdAfter }, NOW)).toEqual({ createdAfter: effective });
  });

  it.each([
    [{ last: '2h' }],
    [{ last: 'constructor' }],
    [{ last: '1h', createdAfter: 'foo' }],
    [{ createdBefore: 'bar' }],
  ])('leaves what it does not understand to the API, which refuses it: %j', (filter) => {
    expect(atTime(filter, NOW)).toEqual(filter);
  });
});

describe('a filter in words', () => {
  it.each([
    [{}, 'everything'],
    [
      { status: ['failed', 'expired'], failureCode: ['none'], retried: 'false', last: '1h' },
      'status failed or expired; reason Never sent before the deadline; not retried; requested in the last hour',
    ],
    [
      { streamName: 'agent', createdAfter: '2026-01-31T09:00:00' },
      'stream name agent; requested since 2026-01-31 09:00:00.000',
    ],
    [{ createdBefore: 'bar', nonsense: '1' }, 'requested before bar; nonsense 1'],
  ])('says what is meant: %j', (filter, text) => {
    expect(described(filter)).toBe(text);
  });
});

describe('a cancellation that has changed', () => {
  const CANCELLATION = {
    status: 'failed',
    callSid: 'call',
    streamName: 'agent',
    project: 'default',
    evidence: 'none',
    requestedBy: 'billing',
    failure: { code: 'timeout' },
    createdAt: '2026-01-31T09:30:00.000Z',
  };

  it.each([
    [{}, true],
    [
      { status: ['failed', 'expired'], project: ['default'], evidence: ['none'], requestedBy: ['billing'] },
      true,
    ],
    [{ status: ['expired'] }, false],
    [{ callSid: 'call', streamName: 'agent', failureCode: ['timeout'] }, true],
    [{ callSid: 'other' }, false],
    [{ streamName: 'other' }, false],
    [{ failureCode: ['rejected'] }, false],
    [{ failureCode: ['none'] }, false],
    [{ retried: 'false' }, true],
    [{ retried: 'true' }, false],
    [{ requestedBy: ['other'] }, false],
    [{ last: '1h' }, true],
    [{ last: '15m' }, false],
    [{ createdAfter: '2026-01-31T09:30:00.000Z', createdBefore: '2026-01-31T09:30:00.001Z' }, true],
    [{ createdBefore: '2026-01-31T09:30:00.000Z' }, false],
  ])('belongs to the list as the API would say: %j, %j', (filter, isListed) => {
    expect(matches(filter, CANCELLATION, NOW)).toBe(isListed);
  });

  it.each([
    [{}, ''],
    [{ status: ['failed', 'expired'], project: ['a'] }, 'project=a&status=failed%2Cexpired'],
    [{ status: ['queued'], callSid: 'call' }, 'callSid=call'],
    [{ status: ['queued', 'failed'], streamName: 'agent' }, ''],
  ])('is heard of, also when it leaves a status that it was listed for: %j', (filter, query) => {
    expect(eventsQuery(filter)).toBe(query);
  });
});
