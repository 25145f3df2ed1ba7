import { LIMITS } from '../limits.js';

/** An entry before it has its number. */
export type Unnumbered<T> = Omit<T, 'number'>;

/** The last entries of a list, numbered from 1 in the order they came. */
export class Records<T> {
  private kept: (T & { number: number })[] = [];
  private count = 0;

  /** @returns the entry as kept, to be completed later */
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
