/** What could not be started in time is made up for, but no more than this: a stall must not end in a flood. */
const MADE_UP_FOR_S = 1;

/** How many are due, of so many a second. */
export class Due {
  private count = 0;
  private forgone = 0;

  constructor(private readonly rate: number) {}

  /** Time in which they are due goes by. */
  pass(ms: number): void {
    this.count += (ms * this.rate) / 1000;
    const tooMany = Math.max(0, this.count - 1 - MADE_UP_FOR_S * this.rate);
    this.count -= tooMany;
    this.forgone += tooMany;
  }

  /** Takes one, where one is due. */
  take(): boolean {
    if (this.count < 1) return false;
    this.count -= 1;
    return true;
  }

  /** How many were due until now, and not taken. */
  get missed(): number {
    return Math.floor(this.count + this.forgone);
  }
}
