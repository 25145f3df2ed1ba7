/**
 * How long Redis may send nothing before callers get a 503, which the contract promises within 250 ms. While Redis
 * sends anything at all, a slow answer is no reason to refuse callers.
 */
const SILENCE_MS = 180;

/**
 * The limit for one answer while Redis keeps sending: longer than a busy process takes for many large batches at once.
 */
const TIMEOUT_MS = 10_000;

const LOOK_EVERY_MS = 20;

/** Caps the time counted between two checks: a longer gap means that this process was held up, not Redis. */
const MOST_BETWEEN_LOOKS_MS = 2 * LOOK_EVERY_MS;

/** Redis has sent nothing for too long. */
export class RedisSilentError extends Error {
  override readonly name = 'RedisSilentError';

  constructor() {
    super(`Redis sent nothing for ${SILENCE_MS} ms`);
  }
}

/** A pending command. */
export interface Waiting {
  /** By `performance.now()`. */
  readonly startedAt: number;
  /** On the watch's own clock. */
  readonly since: number;
  readonly giveUp: (error: RedisSilentError) => void;
}

/** Gives up on the pending commands of one connection when Redis falls silent, with one timer for all of them. */
export class SilenceWatch {
  /** Oldest first. */
  private readonly waiting = new Set<Waiting>();
  private timer: NodeJS.Timeout | null = null;
  private lookedAt = 0;
  /** The watch's own clock: time until `lookedAt`, without the time for which this process was held up. */
  private passedMs = 0;
  /** On that clock. */
  private heardAtMs = 0;

  /** @param connection `heardAt`: when Redis last sent anything, by `performance.now()` */
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
