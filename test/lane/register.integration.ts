import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CancellationData } from '../../src/cancellation/data.js';
import { callKey } from '../../src/cancellation/keys.js';
import { wantedKey } from '../../src/lane/lane-keys.js';
import { Lanes } from '../../src/lane/lanes.js';
import { registerWanted } from '../../src/lane/register.js';
import type { Entry } from '../../src/lane/register.js';
import { freshData, workerParts } from '../queue/fixtures/worker-parts.js';
import type { WorkerParts } from '../queue/fixtures/worker-parts.js';

describe('what is wanted of a call, registered when it is accepted', () => {
  let parts: WorkerParts;
  let lanes: Lanes;

  beforeEach(async () => {
    parts = await workerParts();
    lanes = new Lanes(parts.connection, parts.cancellations, parts.clock, parts.environment);
  });
  afterEach(() => parts.close());

  const entry = (fields: Partial<CancellationData> = {}): Entry => ({
    id: randomUUID(),
    data: freshData(fields),
  });
  const register = (...entries: Entry[]) => registerWanted(parts.redis, parts.prefix, entries);

  /** The cancellations that the first run of the call finds. */
  async function foundBy(own: Entry): Promise<readonly string[]> {
    const turn = await lanes.take(own);
    return turn.isMine ? turn.members : [];
  }

  const ttlOf = ({ data }: Entry) => parts.redis.pttl(wantedKey(parts.prefix, callKey(data)));

  it('is found by the first run of the call, oldest first', async () => {
    const [late, early] = [entry({ createdAt: 2 }), entry({ createdAt: 1 })];
    await register(late, early);
    expect(await foundBy(late)).toEqual([early.id, late.id]);
  });

  it('is kept apart by call', async () => {
    const [one, other] = [entry(), entry({ callSid: 'other' })];
    await register(one, other);
    expect(await foundBy(one)).toEqual([one.id]);
    expect(await foundBy(other)).toEqual([other.id]);
  });

  it('is registered once, however often it is asked for', async () => {
    const one = entry();
    await register(one, one);
    await register(one);
    expect(await foundBy(one)).toEqual([one.id]);
  });

  it('is nothing for a stream that no document can stop', async () => {
    const own = entry();
    await register(entry({ streamName: null, streamSid: 'sid' }), entry({ strategy: 'stream_resource' }));
    expect(await foundBy(own)).toEqual([own.id]);
    await register();
  });

  it('is kept for longer than any of its deadlines', async () => {
    const now = Date.now();
    const [long, short] = [
      entry({ createdAt: now, deadline: now + 3_600_000 }),
      entry({ createdAt: now, deadline: now + 1000 }),
    ];
    await register(long);
    await register(short);
    expect(await ttlOf(long)).toBeGreaterThan(3_600_000);
    expect(await ttlOf(long)).toBeLessThan(4_000_000);
  });
});
