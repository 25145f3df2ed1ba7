import { describe, expect, it } from 'vitest';
import { callKey, namedStreamKey, stoppedKeys, streamKey } from '../../src/cancellation/keys.js';
import type { CancellationRecord } from '../../src/cancellation/record.js';
import { testData, testRecord } from './fixtures/cancellation.js';

const keyOf = (streamName: string): string => streamKey({ project: 'default', callSid: 'call', streamName });

const data = (streamName: string | null, streamSid: string | null = null) =>
  testData({ streamName, streamSid });

describe("the keys under which a stream's end is looked for", () => {
  it.each<[string, ReturnType<typeof data>, Partial<CancellationRecord>, readonly string[]]>([
    ['its name, if no more is known', data('name'), {}, ['name']],
    ['its SID, if the request gave nothing else', data(null, 'sid'), {}, ['sid']],
    ['its SID alone, if the request gave both', data('name', 'sid'), {}, ['sid']],
    ['its SID alone, if a status callback told it', data('name'), { streamSid: 'sid' }, ['sid']],
    [
      'its name too, once SignalWire did not know the SID',
      data('name', 'sid'),
      { sidNotFound: true },
      ['name', 'sid'],
    ],
  ])('are %s', (_, cancellation, record, names) => {
    expect(stoppedKeys(cancellation, testRecord(record))).toEqual(names.map(keyOf));
  });
});

describe('two requests for one stream', () => {
  it('have the same key, by its name, or by its SID if it has no name', () => {
    expect(namedStreamKey(data('name', 'sid'))).toBe(keyOf('name'));
    expect(namedStreamKey(data(null, 'sid'))).toBe(keyOf('sid'));
  });

  it.each([
    ['project', { project: 'other' }],
    ['call', { callSid: 'other' }],
    ['stream', { streamName: 'other' }],
    ['case of the name', { streamName: 'Stream' }],
    ['split between call and name', { callSid: 'calls', streamName: 'tream' }],
  ])('have different keys where they differ in the %s', (_, fields) => {
    expect(namedStreamKey(testData(fields))).not.toBe(namedStreamKey(testData()));
  });
});

describe('the key of a call', () => {
  it('is that of the call alone, for each of its streams', () => {
    expect(callKey(testData({ streamName: 'one' }))).toBe(callKey(testData({ streamName: 'two' })));
    expect(callKey(testData({ project: 'other' }))).not.toBe(callKey(testData()));
  });
});
