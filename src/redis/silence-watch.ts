/**
 * How long Redis may send nothing at all: a caller is told 503 well within the 250 ms that it is promised. A busy process
 * to which Redis goes on sending is slow, which is no reason to refuse its callers.
 */
const SILENCE_MS = 180;

/** However much Redis sends, an answer takes no longer. */
const TIMEOUT_MS = 2000;

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
  readonly since: number;
  readonly giveUp: (error: RedisSilentError) => void;
}

/** Has those who wait for Redis give up once it has fallen silent: all of one connection, with one timer. */
export class SilenceWatch {
  /** In the order in which they came, so that the first has waited longest. */
  private readonly waiting = new Set<Waiting>();
  private isLooking = false;

  /** @param connection tells when Redis last sent anything, by `performance.now()` */
  constructor(private readonly connection: { readonly heardAt: number }) {}

  add(giveUp: Waiting['giveUp']): Waiting {
    const waiting = { since: performance.now(), giveUp };
    this.waiting.add(waiting);
    if (!this.isLooking) this.lookIn(SILENCE_MS);
    return waiting;
  }

  remove(waiting: Waiting): void {
    this.waiting.delete(waiting);
  }

  private lookIn(ms: number): void {
    this.isLooking = true;
    // After a hold-up of the process its timers come first, and what Redis has sent meanwhile is read next.
    setTimeout(() => setImmediate(() => this.look()), ms);
  }

  private look(): void {
    this.isLooking = false;
    const now = performance.now();
    for (const waiting of this.waiting) {
      const left = this.timeLeft(waiting, now);
      if (left > 0) return this.lookIn(left);
      this.waiting.delete(waiting);
      waiting.giveUp(new RedisSilentError());
    }
  }

  private timeLeft({ since }: Waiting, now: number): number {
    if (now - since >= TIMEOUT_MS) return 0;
    return SILENCE_MS - (now - Math.max(since, this.connection.heardAt));
  }
}
