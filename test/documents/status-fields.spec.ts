import { describe, expect, it } from 'vitest';
import { ambiguityIn } from '../../src/documents/status-fields.js';

const SENT = {
  AccountSid: 'account',
  CallSid: 'call',
  StreamEvent: 'stream-stopped',
  StreamName: 'stream',
  StreamSid: 'sid',
  Timestamp: '2026-11-22T12:00:00Z',
};

/** What a signature covers. */
const signedText = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flat()
    .join('');

describe('the form of a status callback', () => {
  it('is unambiguous as SignalWire documents it', () => {
    const all = { ...SENT, ConferenceSid: 'c', StreamTrack: 'inbound_track', 'Unique-ID': 'u' };
    expect(ambiguityIn(new URLSearchParams(all))).toBeNull();
    expect(ambiguityIn(new URLSearchParams({ ...SENT, StreamError: 'Duplicated stream name' }))).toBeNull();
  });

  const { StreamName: _name, ...withoutName } = SENT;
  const { StreamSid: _sid, ...withoutSid } = SENT;

  it.each<[string, Record<string, string>]>([
    ['swallows the next field', { ...withoutSid, StreamName: 'streamStreamSidsid' }],
    ['has a part of a name', { ...withoutName, StreamN: 'amestream' }],
    ['has all of it in one field', { [signedText(SENT)]: '' }],
  ])('is not, if it %s', (_, resplit) => {
    expect(signedText(resplit)).toBe(signedText(SENT));
    expect(ambiguityIn(new URLSearchParams(resplit))).not.toBeNull();
  });

  it('is not, if it has a field twice, or one that is not documented', () => {
    expect(ambiguityIn(new URLSearchParams('StreamName=a&StreamName=b'))).toBe('it has a field twice');
    expect(ambiguityIn(new URLSearchParams({ ...SENT, Tenant: '7' }))).toBe(
      'it has a field that is not documented',
    );
  });
});
