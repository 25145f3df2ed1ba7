import { beforeEach, describe, expect, it } from 'vitest';
import { SharedClock } from '../../../src/platform/redis/shared-clock.js';

/** Clocks that only move when told to. */
let local: { wallMs: number; monotonicMs: number };
let clock: SharedClock;

beforeEach(() => {
  local = { wallMs: 1_700_000_000_000, monotonicMs: 5000 };
  clock = new SharedClock({ wall: () => local.wallMs, monotonic: () => local.monotonicMs });
});

function pass(ms: number): void {
  local.wallMs += ms;
  local.monotonicMs += ms;
}

/** A remote clock that shows `epochMs`, read halfway through the round trip. */
const remote =
  (epochMs: number, roundTripMs = 0) =>
  async (): Promise<number> => {
    pass(roundTripMs);
    return epochMs;
  };

const REMOTE = 1_800_000_000_000;

describe('the shared clock', () => {
  it("shows this machine's time before the first sample", () => {
    expect(clock.now()).toBe(local.wallMs);
  });

  it('shows the remote time plus half the round trip', async () => {
    await clock.sync(remote(REMOTE, 200));
    expect(clock.now()).toBe(REMOTE + 100);
    pass(1000);
    expect(clock.now()).toBe(REMOTE + 1100);
  });

  it.each([3_600_000, -3_600_000])("ignores a change of this machine's clock by %d ms", async (ms) => {
    await clock.sync(remote(REMOTE));
    local.wallMs += ms;
    expect(clock.now()).toBe(REMOTE);
  });

  it('follows the remote clock with each sample', async () => {
    await clock.sync(remote(REMOTE));
    await clock.sync(remote(REMOTE - 5000));
    expect(clock.now()).toBe(REMOTE - 5000);
  });

  it('keeps a sample with a short round trip until it is old or distrusted', async () => {
    await clock.sync(remote(REMOTE, 2));
    const slow = remote(REMOTE + 500, 40);
    await clock.sync(slow);
    expect(clock.now()).toBe(REMOTE + 1 + 40);
    pass(200_000);
    await clock.sync(slow);
    expect(clock.now()).toBe(REMOTE + 520);

    await clock.sync(remote(REMOTE, 2));
    clock.distrust();
    await clock.sync(slow);
    expect(clock.now()).toBe(REMOTE + 520);
  });

  it('ignores a sample that failed or took longer than 250 ms', async () => {
    await clock.sync(remote(REMOTE, 250));
    expect(clock.now()).toBe(REMOTE + 125);
    await clock.sync(remote(REMOTE + 9000, 251));
    await clock.sync(() => Promise.reject(new Error('Redis is away')));
    expect(clock.now()).toBe(REMOTE + 125 + 251);
  });

  it('shows whole milliseconds', async () => {
    await clock.sync(remote(REMOTE + 0.75));
    expect(clock.now()).toBe(REMOTE);
  });
});
