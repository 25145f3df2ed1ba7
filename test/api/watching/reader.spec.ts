import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/access/caller.js';
import type { Cancellation } from '../../../src/api/cancellation.js';
import { isWanted } from '../../../src/api/watching/interest.js';
import type { Interest } from '../../../src/api/watching/interest.js';
import { Reader } from '../../../src/api/watching/reader.js';
import { eventOf, gapAt } from '../../../src/api/watching/stream-event.js';

const SALES: Caller = { name: 'sales', scopes: new Set(['read']), projects: new Set(['billing']) };

const cancellation = (fields: Partial<Cancellation> = {}): Cancellation =>
  ({
    id: 'a',
    project: 'billing',
    callSid: 'call',
    status: 'queued',
    finishedAt: null,
    ...fields,
  }) as Cancellation;

/** More than a stream takes before its reader does. */
const LONG = { callSid: 'x'.repeat(100_000) };

/** A reader whose client has taken nothing yet. */
function readerOf(interest: Interest = { caller: null }) {
  const state = { isAllowed: true, isConnected: true };
  const reader = new Reader(interest, {
    isAllowed: () => state.isAllowed,
    disconnect: () => (state.isConnected = false),
  });
  return {
    reader,
    state,
    /** Takes everything that is there, as a client that has caught up. */
    taken: async (): Promise<string> => {
      let text = '';
      reader.stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      await setImmediate();
      await setImmediate();
      reader.stream.removeAllListeners('data').pause();
      return text;
    },
  };
}

const idsIn = (text: string) => [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id);

describe('what a reader wants', () => {
  it.each<[string, Interest, Partial<Cancellation>, boolean]>([
    ['everything', { caller: null }, {}, true],
    ['one', { caller: null, id: 'a' }, {}, true],
    ['one, and not another', { caller: null, id: 'b' }, {}, false],
    ['what it may know', { caller: SALES }, {}, true],
    ['nothing of other projects', { caller: SALES }, { project: 'fraud' }, false],
    ['one, but not of another project', { caller: SALES, id: 'a' }, { project: 'fraud' }, false],
    ['a project', { caller: null, filter: { project: ['fraud'] } }, {}, false],
    ['a call', { caller: null, filter: { callSid: 'call' } }, {}, true],
    ['another call', { caller: null, filter: { callSid: 'other' } }, {}, false],
    ['some statuses', { caller: null, filter: { status: ['failed', 'queued'] } }, {}, true],
    ['another status', { caller: null, filter: { status: ['failed'] } }, {}, false],
  ])('is %s', (_, interest, fields, expected) => {
    expect(isWanted(interest, cancellation(fields))).toBe(expected);
  });
});

describe('a reader', () => {
  it('gets what it wants, in the order of the changes', async () => {
    const { reader, taken } = readerOf({ caller: null, filter: { status: ['queued'] } });
    reader.goLive('1-0');
    reader.add(eventOf('2-0', cancellation()));
    reader.add(eventOf('3-0', cancellation({ id: 'b', status: 'failed' })));
    reader.add(eventOf('4-0', cancellation({ id: 'c' })));
    expect(idsIn(await taken())).toEqual(['2-0', '4-0']);
  });

  it('gets what has changed while it caught up, once', async () => {
    const { reader, taken } = readerOf();
    reader.add(eventOf('2-0', cancellation()));
    reader.add(eventOf('4-0', cancellation({ id: 'b' })));
    await reader.sendMissed(eventOf('3-0', cancellation()));
    reader.goLive('3-0');
    expect(idsIn(await taken())).toEqual(['3-0', '4-0']);
  });

  it('that is slow gets the last state alone, and none that it does not want any more', async () => {
    const { reader, taken } = readerOf({ caller: null, filter: { status: ['queued'] } });
    reader.goLive('1-0');
    reader.add(eventOf('2-0', cancellation({ id: 'first', ...LONG })));
    reader.add(eventOf('3-0', cancellation({ id: 'again' })));
    reader.add(eventOf('4-0', cancellation({ id: 'gone' })));
    reader.add(eventOf('5-0', cancellation({ id: 'again' })));
    reader.add(eventOf('6-0', cancellation({ id: 'gone', status: 'failed' })));
    expect(idsIn(await taken())).toEqual(['2-0', '5-0']);
  });

  it('gets nothing more once its key has changed, even what was meant for it before', async () => {
    const { reader, state, taken } = readerOf({ caller: SALES });
    reader.goLive('1-0');
    reader.add(eventOf('2-0', cancellation({ id: 'first', ...LONG })));
    reader.add(eventOf('3-0', cancellation({ id: 'second' })));
    state.isAllowed = false;
    expect(idsIn(await taken())).toEqual(['2-0']);
    expect(state.isConnected).toBe(false);
  });

  it('whose key has changed is disconnected at the next heartbeat', () => {
    const { reader, state } = readerOf({ caller: SALES });
    state.isAllowed = false;
    reader.beat();
    expect(state.isConnected).toBe(false);
  });

  it('that takes nothing for three heartbeats is disconnected', () => {
    const { reader, state } = readerOf();
    reader.goLive('1-0');
    reader.add(eventOf('2-0', cancellation(LONG)));
    reader.beat();
    reader.beat();
    expect(state.isConnected).toBe(true);
    reader.beat();
    expect(state.isConnected).toBe(false);
  });

  it('that takes something in between is not', async () => {
    const { reader, state, taken } = readerOf();
    reader.goLive('1-0');
    reader.add(eventOf('2-0', cancellation(LONG)));
    reader.beat();
    reader.beat();
    await taken();
    reader.add(eventOf('3-0', cancellation(LONG)));
    reader.beat();
    reader.beat();
    expect(state.isConnected).toBe(true);
  });

  it('that is more than 1,000 events behind is disconnected', () => {
    const { reader, state } = readerOf();
    reader.goLive('1-0');
    reader.add(eventOf('2-0', cancellation(LONG)));
    for (let n = 0; n < 1000; n += 1) reader.add(eventOf(`3-${n}`, cancellation({ id: `${n}` })));
    expect(state.isConnected).toBe(true);
    reader.add(eventOf('4-0', cancellation({ id: 'one more' })));
    expect(state.isConnected).toBe(false);
  });

  it('catches up no faster than it takes what it is sent', async () => {
    const { reader, taken } = readerOf();
    let isSent = false;
    const sent = reader.sendMissed(eventOf('2-0', cancellation(LONG))).then(() => (isSent = true));
    await setImmediate();
    expect(isSent).toBe(false);
    await taken();
    await sent;
  });

  it('that leaves while it catches up is waited for no longer', async () => {
    const { reader } = readerOf();
    const sent = reader.sendMissed(eventOf('2-0', cancellation(LONG)));
    reader.close();
    await expect(sent).resolves.toBeUndefined();
  });

  it('of one cancellation gets its end, and nothing after it', async () => {
    const { reader, taken } = readerOf({ caller: null, id: 'a' });
    reader.goLive('1-0');
    reader.add(eventOf('2-0', cancellation({ finishedAt: '2026-01-31T09:00:00.000Z' })));
    reader.add(eventOf('3-0', cancellation({ finishedAt: '2026-01-31T09:00:00.000Z' })));
    expect(idsIn(await taken())).toEqual(['2-0']);
    expect(reader.stream.readableEnded).toBe(true);
  });

  it('that is slow is told of a gap once', async () => {
    const { reader, taken } = readerOf();
    reader.goLive('1-0');
    reader.add(eventOf('2-0', cancellation(LONG)));
    reader.add(gapAt('3-0'));
    reader.add(gapAt('4-0'));
    expect((await taken()).endsWith('\n\nid: 4-0\nevent: gap\ndata: {}\n\n')).toBe(true);
  });
});
