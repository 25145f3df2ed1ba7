import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/cancellation/record.js';
import { fallsBack, mayBeStopped, strategyFor, wayOf } from '../../src/cancellation/strategy.js';
import type { Strategy } from '../../src/cancellation/strategy.js';

const attemptBySid = (fields: Partial<Attempt>): Attempt => ({
  number: 1,
  strategy: 'stream_resource',
  startedAt: 1_790_000_000_000,
  durationMs: 40,
  outcome: 'accepted',
  httpStatus: null,
  providerCode: null,
  message: null,
  ...fields,
});

describe('what becomes of a wish to stop a stream', () => {
  /** Strategy, name, SID, field that says what the call does next: whether the SID may be used, or what is wrong. */
  it.each<[Strategy, string | null, string | null, string | null, boolean | string]>([
    ['auto', 'name', null, null, true],
    ['auto', 'name', 'sid', null, true],
    ['auto', null, 'sid', null, true],
    ['auto', 'name', null, 'then', false],
    ['auto', 'name', 'sid', 'then', false],
    ['auto', null, 'sid', 'then', 'streamName'],
    ['update_call', 'name', null, null, false],
    ['update_call', 'name', 'sid', null, false],
    ['update_call', 'name', null, 'then', false],
    ['update_call', null, 'sid', null, 'streamName'],
    ['update_call', null, 'sid', 'then', 'streamName'],
    ['stream_resource', 'name', 'sid', null, true],
    ['stream_resource', null, 'sid', null, true],
    ['stream_resource', 'name', null, null, 'sid_unknown'],
    ['stream_resource', 'name', 'sid', 'then', 'then'],
    ['stream_resource', null, 'sid', 'then', 'then'],
    ['stream_resource', 'name', null, 'template', 'template'],
  ])('%s, name %s, SID %s, next by %s: %s', (strategy, streamName, streamSid, nextField, expected) => {
    const settled = strategyFor({ strategy, streamName, streamSid, nextField });
    const { fault } = { fault: null, ...settled };
    const isFault = typeof fault === 'object' && fault !== null;
    const wrong = isFault ? fault.field : fault;
    expect('mayUseStreamResource' in settled ? settled.mayUseStreamResource : wrong).toBe(expected);
    expect(!isFault || fault.message.startsWith(fault.field)).toBe(true);
  });
});

describe('the way of the next attempt', () => {
  it.each([
    ['that of an older version', {}, {}, { by: 'update_call' }],
    ['by a document', { mayUseStreamResource: false, streamSid: 's' }, {}, { by: 'update_call' }],
    ['by the SID if it is known', { mayUseStreamResource: true }, {}, { by: 'if_known' }],
    [
      'by the SID of the request',
      { mayUseStreamResource: true, streamSid: 's' },
      { streamSid: 'learned' },
      { by: 'stream_resource', streamSid: 's' },
    ],
    [
      'by the SID that was learned',
      { mayUseStreamResource: true, streamSid: null },
      { streamSid: 'learned' },
      { by: 'stream_resource', streamSid: 'learned' },
    ],
    [
      'by a document once SignalWire did not know the SID',
      { mayUseStreamResource: true, streamSid: 's' },
      { sidNotFound: true },
      { by: 'update_call' },
    ],
  ])('is %s', (_, data, record, way) => {
    expect(wayOf(data, record)).toEqual(way);
  });

  it.each<[Strategy | undefined, string | null, boolean]>([
    ['auto', 'name', true],
    ['auto', null, false],
    ['stream_resource', 'name', false],
    ['update_call', 'name', false],
    [undefined, 'name', true],
  ])('leads from an unknown SID to the name: %s, name %s: %s', (strategy, streamName, expected) => {
    const data = { streamName, ...(strategy !== undefined && { strategy }) };
    expect(fallsBack(data, { attempts: [] })).toBe(expected);
  });

  it('does not lead to a name that the request did not name', () => {
    expect(fallsBack({ streamName: 'name', isOneOfAll: true }, { attempts: [] })).toBe(false);
  });

  it.each<[Partial<Attempt>, boolean]>([
    [{ outcome: 'accepted' }, true],
    [{ outcome: 'not_confirmed' }, true],
    [{ outcome: 'timeout' }, true],
    [{ outcome: 'unreachable' }, true],
    [{ outcome: 'unreachable', isUnsent: true }, false],
    [{ outcome: 'invalid_response' }, true],
    [{ outcome: 'provider_error' }, false],
    [{ outcome: 'rate_limited' }, false],
    [{ outcome: 'unauthorized' }, false],
    [{ outcome: 'rejected' }, false],
    [{ outcome: 'accepted', strategy: 'update_call' }, false],
  ])('does not lead to the name after an attempt that may have stopped the stream: %j: %j', (fields, may) => {
    const last = attemptBySid({ outcome: 'rejected' });
    const attempts = [attemptBySid(fields), last];
    expect(mayBeStopped({ attempts })).toBe(may);
    expect(fallsBack({ streamName: 'name' }, { attempts })).toBe(!may);
  });
});
