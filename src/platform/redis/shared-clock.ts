import { Injectable } from '@nestjs/common';

/** Half of it is the most by which a sample can be wrong. */
const MAX_ROUND_TRIP_MS = 250;

/** How much worse a sample may become with its age: two clocks go apart by less than 0.1 ms a second. */
const WORSE_PER_MS = 1e-4;

/** The machine's own clocks, both in milliseconds. */
export interface LocalClocks {
  /** Since the epoch; it jumps when somebody sets it. */
  wall(): number;
  /** Since any fixed moment; it never jumps. */
  monotonic(): number;
}

const MACHINE: LocalClocks = { wall: () => Date.now(), monotonic: () => performance.now() };

/**
 * The time that all processes agree on: that of Redis, carried on by this machine's monotonic clock, so that a machine
 * whose time is wrong, or is set, keeps to the others. Until Redis has told its time, it is this machine's.
 */
@Injectable()
export class SharedClock {
  /** What the monotonic clock lacks to the time of Redis. */
  private offsetMs: number | null = null;
  /** Of the sample that was taken last. */
  private roundTripMs = MAX_ROUND_TRIP_MS;
  private sampledAt = 0;

  constructor(private readonly local: LocalClocks = MACHINE) {}

  /** Epoch milliseconds, a whole number. */
  now(): number {
    return Math.floor(this.offsetMs === null ? this.local.wall() : this.local.monotonic() + this.offsetMs);
  }

  /** From now on it may be another Redis that tells its time: the next sample counts, however slow. */
  distrust(): void {
    this.roundTripMs = MAX_ROUND_TRIP_MS;
  }

  /**
   * Takes one sample. One that fails, or was so much longer on its way that it tells less than the one before does by now, is
   * passed over.
   *
   * @param remote asks the other clock for its epoch milliseconds
   */
  async sync(remote: () => Promise<number>): Promise<void> {
    const askedAt = this.local.monotonic();
    const told = await remote().catch(() => null);
    const now = this.local.monotonic();
    const roundTripMs = now - askedAt;
    const longestMs = this.roundTripMs + 2 * (now - this.sampledAt) * WORSE_PER_MS;
    if (told === null || roundTripMs > Math.min(MAX_ROUND_TRIP_MS, longestMs)) return;
    this.offsetMs = told - (askedAt + roundTripMs / 2);
    this.roundTripMs = roundTripMs;
    this.sampledAt = now;
  }
}
