import { beforeEach, describe, expect, it } from 'vitest';
import { SharedClock } from '../../../src/platform/redis/shared-clock.js';

/** Clocks that stand still until they are moved. */
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

/** A clock elsewhere that tells `epochMs`, read half way through `roundTripMs`. */
const remote =
  (epochMs: number, roundTripMs = 0) =>
  async (): Promise<number> => {
    pass(roundTripMs);
    return epochMs;
  };

const REMOTE = 1_800_000_000_000;

describe('the shared clock', () => {
  it("tells this machine's time until it has been told another", () => {
    expect(clock.now()).toBe(local.wallMs);
  });

  it('tells the time elsewhere, and half of the way back', async () => {
    await clock.sync(remote(REMOTE, 200));
    expect(clock.now()).toBe(REMOTE + 100);
    pass(1000);
    expect(clock.now()).toBe(REMOTE + 1100);
  });

  it.each([3_600_000, -3_600_000])("is not moved where this machine's time is set by %d ms", async (ms) => {
    await clock.sync(remote(REMOTE));
    local.wallMs += ms;
    expect(clock.now()).toBe(REMOTE);
  });

  it('follows the other clock with each sample', async () => {
    await clock.sync(remote(REMOTE));
    await clock.sync(remote(REMOTE - 5000));
    expect(clock.now()).toBe(REMOTE - 5000);
  });

  it('keeps to a sample that was quick on its way, until that is old or of another Redis', async () => {
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

  it('passes over a sample that took longer than 250 ms, or failed', async () => {
    await clock.sync(remote(REMOTE, 250));
    expect(clock.now()).toBe(REMOTE + 125);
    await clock.sync(remote(REMOTE + 9000, 251));
    await clock.sync(() => Promise.reject(new Error('Redis is away')));
    expect(clock.now()).toBe(REMOTE + 125 + 251);
  });

  it('tells whole milliseconds', async () => {
    await clock.sync(remote(REMOTE + 0.75));
    expect(clock.now()).toBe(REMOTE);
  });
});
