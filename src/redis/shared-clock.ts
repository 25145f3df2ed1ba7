import { Injectable } from '@nestjs/common';

/** Half of it is the most by which a sample can be wrong. */
const MAX_ROUND_TRIP_MS = 250;

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

  constructor(private readonly local: LocalClocks = MACHINE) {}

  /** Epoch milliseconds, a whole number. */
  now(): number {
    return Math.floor(this.offsetMs === null ? this.local.wall() : this.local.monotonic() + this.offsetMs);
  }

  /**
   * Takes one sample. One that fails, or was too long on its way to tell much, is passed over.
   *
   * @param remote asks the other clock for its epoch milliseconds
   */
  async sync(remote: () => Promise<number>): Promise<void> {
    const askedAt = this.local.monotonic();
    const told = await remote().catch(() => null);
    const roundTripMs = this.local.monotonic() - askedAt;
    if (told === null || roundTripMs > MAX_ROUND_TRIP_MS) return;
    this.offsetMs = told - (askedAt + roundTripMs / 2);
  }
}
