import { Injectable } from '@nestjs/common';

/** A sample is wrong by at most half its round trip. */
const MAX_ROUND_TRIP_MS = 250;

/** How fast a sample loses accuracy: two clocks drift apart by less than 0.1 ms per second. */
const WORSE_PER_MS = 1e-4;

/** The machine's own clocks, both in milliseconds. */
export interface LocalClocks {
  /** Since the epoch; jumps when somebody sets the clock. */
  wall(): number;
  /** Since an arbitrary moment; never jumps. */
  monotonic(): number;
}

const MACHINE: LocalClocks = { wall: () => Date.now(), monotonic: () => performance.now() };

/**
 * The time that all processes agree on: the clock of Redis, advanced by this machine's monotonic clock. A wrong or
 * adjusted system clock has no effect on it. Until the first sample, it is the system clock.
 */
@Injectable()
export class SharedClock {
  /** Redis time minus monotonic time. */
  private offsetMs: number | null = null;
  /** Of the sample in use. */
  private roundTripMs = MAX_ROUND_TRIP_MS;
  private sampledAt = 0;

  constructor(private readonly local: LocalClocks = MACHINE) {}

  /** Epoch milliseconds, a whole number. */
  now(): number {
    return Math.floor(this.offsetMs === null ? this.local.wall() : this.local.monotonic() + this.offsetMs);
  }

  /** Whether it has been synchronised at all. */
  get isShared(): boolean {
    return this.offsetMs !== null;
  }

  /** Accepts the next sample however slow it is, because another Redis may answer from now on. */
  distrust(): void {
    this.roundTripMs = MAX_ROUND_TRIP_MS;
  }

  /**
   * Takes one sample. It is ignored if it fails, or if its round trip was so long that the previous sample is still
   * more accurate.
   *
   * @param remote reads the other clock, in epoch milliseconds
   */
  async sync(remote: () => Promise<number>): Promise<void> {
    const askedAt = this.local.monotonic();
    const remoteNow = await remote().catch(() => null);
    const now = this.local.monotonic();
    const roundTripMs = now - askedAt;
    const longestMs = this.roundTripMs + 2 * (now - this.sampledAt) * WORSE_PER_MS;
    if (remoteNow === null || roundTripMs > Math.min(MAX_ROUND_TRIP_MS, longestMs)) return;
    this.offsetMs = remoteNow - (askedAt + roundTripMs / 2);
    this.roundTripMs = roundTripMs;
    this.sampledAt = now;
  }
}
