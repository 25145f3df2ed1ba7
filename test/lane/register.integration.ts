import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CancellationData } from '../../src/cancellation/data.js';
import { callKey } from '../../src/cancellation/keys.js';
import { wantedKey } from '../../src/lane/lane-keys.js';
import { Lanes } from '../../src/lane/lanes.js';
import { isCrowded, Register } from '../../src/lane/register.js';
import type { ApiConnection } from '../../src/queue/connections/api.connection.js';
import type { NewCancellation } from '../../src/cancellation/stored-cancellation.js';
import { MAX_SHARED } from '../../src/lane/shared-update.js';
import { freshData, workerParts } from '../queue/fixtures/worker-parts.js';
import type { WorkerParts } from '../queue/fixtures/worker-parts.js';

const entry = (fields: Partial<CancellationData> = {}): NewCancellation => ({
  id: randomUUID(),
  data: freshData(fields),
});

const DAY_MS = 86_400_000;

describe('what is wanted of a call, registered when it is accepted', () => {
  let parts: WorkerParts;
  let lanes: Lanes;
  let wanted: Register;

  beforeEach(async () => {
    parts = await workerParts();
    lanes = new Lanes(parts.connection, parts.cancellations, parts.clock, parts.environment);
    wanted = new Register({ redis: parts.redis } as ApiConnection, parts.environment);
  });
  afterEach(() => parts.close());

  const register = (...entries: NewCancellation[]) => wanted.add(entries);

  /** The cancellations that the first run of the call finds. */
  async function foundBy(own: NewCancellation): Promise<readonly string[]> {
    const turn = await lanes.take(own);
    return turn.isMine ? turn.members : [];
  }

  const ttlOf = ({ data }: NewCancellation) => parts.redis.pttl(wantedKey(parts.prefix, callKey(data)));

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
    expect(await register()).toEqual(new Map());
  });

  it('tells how many updates each call waits for, so that a crowd can be queued behind other calls', async () => {
    const crowd = Array.from({ length: MAX_SHARED + 1 }, () => entry());
    const other = entry({ callSid: 'other' });
    const bySid = entry({ streamName: null, streamSid: 'sid' });
    const sizes = await register(...crowd, other, bySid);
    expect(crowd.map(({ id }) => sizes.get(id))).toEqual(crowd.map((_, index) => index + 1));
    expect(sizes.get(other.id)).toBe(1);
    expect([crowd.at(-2), crowd.at(-1), bySid].map((one) => isCrowded(sizes.get(String(one?.id))))).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('is kept for longer than any deadline, and not for ever', async () => {
    const now = Date.now();
    const longest = entry({ createdAt: now, deadline: now + DAY_MS });
    await register(longest);
    await register(entry({ createdAt: now, deadline: now + 1000 }));
    expect(await ttlOf(longest)).toBeGreaterThan(DAY_MS);
    expect(await ttlOf(longest)).toBeLessThan(2 * DAY_MS);
  });

  it('is taken back for an id that came to no job', async () => {
    const [kept, duplicate] = [entry(), entry({ streamName: 'other' })];
    await register(kept, duplicate);
    await wanted.remove([duplicate]);
    expect(await register(kept)).toEqual(new Map([[kept.id, 1]]));
  });
});
