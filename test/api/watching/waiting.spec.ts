import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Waiting } from '../../../src/api/watching/waiting.js';
import type { ChangeFeed } from '../../../src/queue/changes/change-feed.js';
import type { Cancellations } from '../../../src/queue/cancellations.js';

const UNFINISHED = { finishedAt: null, record: { withdrawnAt: null } };

const responseOf = (destroyed = false) =>
  Object.assign(new EventEmitter(), { destroyed }) as unknown as ServerResponse;

function waitingOn(subscribe: () => Promise<string> = async () => '1-0') {
  const feed = { subscribe } as unknown as ChangeFeed;
  return new Waiting(feed, { find: async () => UNFINISHED } as unknown as Cancellations);
}

function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('requests that wait', () => {
  it('are 2,000 at most, and one whose client leaves makes room', async () => {
    const waiting = waitingOn();
    const responses = Array.from({ length: 2000 }, () => responseOf());
    const held = responses.map((response) => waiting.untilFinished(['id'], 30, response));
    expect(await waiting.untilFinished(['id'], 0, responseOf())).toBe(false);
    responses[0]?.emit('close');
    expect(await held[0]).toBe(false);
    expect(await waiting.untilFinished(['id'], 0, responseOf())).toBe(true);
    waiting.onModuleDestroy();
    expect(new Set(await Promise.all(held))).toEqual(new Set([false]));
  });

  it('need at most 30 MB per 1,000', async () => {
    const waiting = waitingOn();
    const before = usedBytes();
    const held = Array.from({ length: 1000 }, () => waiting.untilFinished(['id'], 30, responseOf()));
    expect(usedBytes() - before).toBeLessThan(30e6);
    waiting.onModuleDestroy();
    await Promise.all(held);
  });

  it('whose client is gone already do not wait', async () => {
    expect(await waitingOn().untilFinished(['id'], 30, responseOf(true))).toBe(false);
  });

  it('end in time, although Redis does not answer', async () => {
    const waiting = waitingOn(() => new Promise(() => undefined));
    expect(await waiting.untilFinished(['id'], 0, responseOf())).toBe(true);
  });
});
