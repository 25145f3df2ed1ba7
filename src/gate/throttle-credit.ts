/** This many requests that SignalWire took make up for one that it throttled, up to `MOST_CREDIT`. */
const TAKEN_FOR_ONE = 20;
const MOST_CREDIT = 5 * TAKEN_FOR_ONE;

/**
 * What SignalWire's answers to this process say about one project: a single 429 among many accepted requests stops
 * nothing.
 */
export class ThrottleCredit {
  private credit = 0;
  private hasFailed = false;

  /** @returns whether the request before it failed, so that the shared count of failures must be reset */
  taken(): boolean {
    this.credit = Math.min(MOST_CREDIT, this.credit + 1);
    const endsFailures = this.hasFailed;
    this.hasFailed = false;
    return endsFailures;
  }

  failed(): void {
    this.hasFailed = true;
  }

  /** @returns whether this 429 stands alone among many accepted requests, so that the project is not throttled */
  throttled(): boolean {
    const isAlone = this.credit >= TAKEN_FOR_ONE;
    this.credit = Math.max(0, this.credit - TAKEN_FOR_ONE);
    return isAlone;
  }
}
