import { describe, expect, it } from 'vitest';
import { namedStreamKey, stoppedKeys, streamKey } from '../../src/cancellation/keys.js';
import type { CancellationData } from '../../src/cancellation/data.js';

const data = (streamName: string | null, streamSid?: string): CancellationData => ({
  project: 'default',
  callSid: 'call',
  streamName,
  ...(streamSid !== undefined && { streamSid }),
  then: [],
  createdAt: 1,
  deadline: 2,
});

const keyOf = (streamName: string): string => streamKey({ project: 'default', callSid: 'call', streamName });

describe('the end of a stream is told', () => {
  it.each([
    ['its name, where no more is known', data('name'), {}, ['name']],
    ['its SID, where the request gave none but that', data(null, 'sid'), {}, ['sid']],
    ['its SID alone, where a name was given too', data('name', 'sid'), {}, ['sid']],
    ['its SID alone, where that was learned', data('name'), { streamSid: 'sid' }, ['sid']],
    [
      'its name as well, once its SID was not known to SignalWire',
      data('name', 'sid'),
      { sidNotFound: true },
      ['name', 'sid'],
    ],
  ])('under %s', (_, cancellation, record, names) => {
    expect(stoppedKeys(cancellation, record)).toEqual(names.map(keyOf));
  });
});

describe('the same stream again is told', () => {
  it('by its name, else by its SID', () => {
    expect(namedStreamKey(data('name', 'sid'))).toBe(keyOf('name'));
    expect(namedStreamKey(data(null, 'sid'))).toBe(keyOf('sid'));
  });
});
