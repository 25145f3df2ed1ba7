/**
 * How long Redis may send nothing at all: a caller is told 503 well within the 250 ms that it is promised. A busy process
 * to which Redis goes on sending is slow, which is no reason to refuse its callers.
 */
const SILENCE_MS = 180;

/** However much Redis sends, an answer takes no longer. */
const TIMEOUT_MS = 2000;

const LOOK_EVERY_MS = 20;

/** A look that comes later was held up, as was all that is read from Redis and written to it: the rest does not count. */
const MOST_BETWEEN_LOOKS_MS = 2 * LOOK_EVERY_MS;

/** Redis has sent nothing for too long. */
export class RedisSilentError extends Error {
  override readonly name = 'RedisSilentError';

  constructor() {
    super(`Redis sent nothing for ${SILENCE_MS} ms`);
  }
}

/** One who waits for an answer of Redis. */
export interface Waiting {
  /** By `performance.now()`. */
  readonly startedAt: number;
  /** By the watch's own time. */
  readonly since: number;
  readonly giveUp: (error: RedisSilentError) => void;
}

/** Has those who wait for Redis give up once it has fallen silent: all of one connection, with one timer. */
export class SilenceWatch {
  /** In the order in which they came, so that the first has waited longest. */
  private readonly waiting = new Set<Waiting>();
  private timer: NodeJS.Timeout | null = null;
  private lookedAt = 0;
  /** The time that has passed until then, without what the process was held up for. */
  private passedMs = 0;
  /** By that time. */
  private heardAtMs = 0;

  /** @param connection tells when Redis last sent anything, by `performance.now()` */
  constructor(private readonly connection: { readonly heardAt: number }) {}

  add(giveUp: Waiting['giveUp']): Waiting {
    const now = performance.now();
    if (this.timer === null) {
      this.lookedAt = now;
      this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    }
    const waiting = { startedAt: now, since: this.passedUntil(now), giveUp };
    this.waiting.add(waiting);
    return waiting;
  }

  remove(waiting: Waiting): void {
    this.waiting.delete(waiting);
  }

  private look(): void {
    const now = performance.now();
    const { heardAt } = this.connection;
    if (heardAt >= this.lookedAt) this.heardAtMs = this.passedUntil(heardAt);
    this.passedMs = this.passedUntil(now);
    this.lookedAt = now;
    for (const waiting of this.waiting) {
      if (!this.isTooLong(waiting)) break;
      this.waiting.delete(waiting);
      waiting.giveUp(new RedisSilentError());
    }
    if (this.waiting.size === 0) this.rest();
  }

  private rest(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  private isTooLong({ startedAt, since }: Waiting): boolean {
    if (this.lookedAt - startedAt >= TIMEOUT_MS) return true;
    return this.passedMs - Math.max(since, this.heardAtMs) >= SILENCE_MS;
  }

  private passedUntil(at: number): number {
    return this.passedMs + Math.min(at - this.lookedAt, MOST_BETWEEN_LOOKS_MS);
  }
}
