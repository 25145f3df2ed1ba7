/** After a stall, at most so many seconds are made up for, so that it does not end in a flood. */
const MADE_UP_FOR_S = 1;

/** Counts what is due at a rate per second. */
export class Due {
  private count = 0;
  private forgone = 0;

  constructor(private readonly rate: number) {}

  /** Lets time go by. */
  pass(ms: number): void {
    this.count += (ms * this.rate) / 1000;
    const tooMany = Math.max(0, this.count - 1 - MADE_UP_FOR_S * this.rate);
    this.count -= tooMany;
    this.forgone += tooMany;
  }

  /** Takes one if one is due. */
  take(): boolean {
    if (this.count < 1) return false;
    this.count -= 1;
    return true;
  }

  /** How many have been due so far and were not taken. */
  get missed(): number {
    return Math.floor(this.count + this.forgone);
  }
}
