import { LIMITS } from '../limits.js';

export type Unnumbered<T> = Omit<T, 'number'>;

/** A list that numbers its entries from 1 and keeps the latest. */
export class Records<T> {
  private kept: (T & { number: number })[] = [];
  private count = 0;

  /** @returns the stored entry, which the caller may complete later */
  add(entry: T): T & { number: number } {
    this.count += 1;
    const numbered = { ...entry, number: this.count };
    this.kept.push(numbered);
    if (this.kept.length > LIMITS.records) this.kept.shift();
    return numbered;
  }

  copy(): (T & { number: number })[] {
    return this.kept.map((entry) => ({ ...entry }));
  }
}
