import { describe, expect, it } from 'vitest';
import type { CancellationData } from '../../src/cancellation/data.js';
import type { Attempt, CancellationRecord } from '../../src/cancellation/record.js';
import {
  fallsBackToName,
  mayBeStopped,
  mayUseStreamResource,
  strategyFault,
  wayOf,
} from '../../src/cancellation/strategy.js';
import type { Way } from '../../src/cancellation/strategy.js';
import type { Strategy } from '../../src/cancellation/vocabulary.js';
import { testAttempt, testData, testRecord } from './fixtures/cancellation.js';

const attemptBySid = (fields: Partial<Attempt>): Attempt =>
  testAttempt({ strategy: 'stream_resource', ...fields });

const fieldOf = (fault: ReturnType<typeof strategyFault>): string | null =>
  typeof fault === 'string' || fault === null ? fault : fault.field;

describe('a request for a stream', () => {
  it.each<[Strategy, string | null, string | null, string | null, string | null]>([
    ['auto', 'name', null, null, null],
    ['auto', 'name', 'sid', null, null],
    ['auto', null, 'sid', null, null],
    ['auto', 'name', null, 'then', null],
    ['auto', 'name', 'sid', 'then', null],
    ['auto', null, 'sid', 'then', 'streamName'],
    ['update_call', 'name', null, null, null],
    ['update_call', 'name', 'sid', null, null],
    ['update_call', 'name', null, 'then', null],
    ['update_call', null, 'sid', null, 'streamName'],
    ['update_call', null, 'sid', 'then', 'streamName'],
    ['stream_resource', 'name', 'sid', null, null],
    ['stream_resource', null, 'sid', null, null],
    ['stream_resource', 'name', null, null, 'sid_unknown'],
    ['stream_resource', 'name', 'sid', 'then', 'then'],
    ['stream_resource', null, 'sid', 'then', 'then'],
    ['stream_resource', 'name', null, 'template', 'template'],
  ])(
    'with strategy %s, name %s, SID %s and the call told what to do next in %s is at fault in %s',
    (strategy, streamName, streamSid, nextField, expected) => {
      expect(fieldOf(strategyFault({ strategy, streamName, streamSid, nextField }))).toBe(expected);
    },
  );
});

describe('the Streams resource', () => {
  it.each<[boolean, Partial<CancellationData>]>([
    [true, {}],
    [true, { strategy: 'stream_resource' }],
    [false, { strategy: 'update_call' }],
    [false, { isThenRequested: true }],
    [false, { template: 'goodbye' }],
    [false, { documentUrl: 'https://docs.example.com/stop' }],
  ])('may be used: %s for %j', (expected, data) => {
    expect(mayUseStreamResource(testData(data))).toBe(expected);
  });
});

describe('the next attempt', () => {
  it.each<[string, Partial<CancellationData>, Partial<CancellationRecord>, Way]>([
    [
      'by a document, if the strategy says so',
      { strategy: 'update_call', streamSid: 's' },
      {},
      { by: 'update_call' },
    ],
    [
      'by a document, if the request says what the call does next',
      { isThenRequested: true, streamSid: 's' },
      {},
      { by: 'update_call' },
    ],
    ['by the SID if a status callback has told it', {}, {}, { by: 'if_known' }],
    [
      "by the request's SID, before one that was learned",
      { streamSid: 's' },
      { streamSid: 'learned' },
      { by: 'stream_resource', streamSid: 's' },
    ],
    [
      'by the SID that was learned',
      { streamSid: null },
      { streamSid: 'learned' },
      { by: 'stream_resource', streamSid: 'learned' },
    ],
    [
      'by a document once SignalWire did not know the SID',
      { streamSid: 's' },
      { sidNotFound: true },
      { by: 'update_call' },
    ],
  ])('goes %s', (_, data, record, way) => {
    expect(wayOf(testData(data), testRecord(record))).toEqual(way);
  });
});

describe('a stream that SignalWire does not know by its SID', () => {
  it.each<[Strategy | undefined, string | null, boolean]>([
    ['auto', 'name', true],
    ['auto', null, false],
    ['stream_resource', 'name', false],
    ['update_call', 'name', false],
    [undefined, 'name', true],
  ])('with strategy %s and name %s falls back to its name: %s', (strategy, streamName, expected) => {
    const data = { streamName, ...(strategy !== undefined && { strategy }) };
    expect(fallsBackToName(data, { attempts: [] })).toBe(expected);
  });

  it('does not fall back to a name that the request did not give', () => {
    expect(fallsBackToName({ streamName: 'name', isOneOfAll: true }, { attempts: [] })).toBe(false);
  });

  it.each<[Partial<Attempt>, boolean]>([
    [{ outcome: 'accepted' }, true],
    [{ outcome: 'not_confirmed' }, true],
    [{ outcome: 'timeout' }, true],
    [{ outcome: 'unreachable' }, true],
    [{ outcome: 'unreachable', mayHaveArrived: false }, false],
    [{ outcome: 'invalid_response' }, true],
    [{ outcome: 'provider_error' }, false],
    [{ outcome: 'rate_limited' }, false],
    [{ outcome: 'unauthorized' }, false],
    [{ outcome: 'rejected' }, false],
    [{ outcome: 'call_not_found' }, false],
    [{ outcome: 'accepted', strategy: 'update_call' }, false],
  ])('after an earlier attempt %j may be stopped already: %j', (fields, may) => {
    const attempts = [attemptBySid(fields), attemptBySid({ outcome: 'rejected' })];
    expect(mayBeStopped({ attempts })).toBe(may);
    expect(fallsBackToName({ streamName: 'name' }, { attempts })).toBe(!may);
  });
});
