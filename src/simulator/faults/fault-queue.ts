import type { Fault, FaultTarget } from './fault.js';

/** The faults of one call, first in first out, for updates, reads and streams apart. */
export class FaultQueue {
  constructor(private waiting: readonly Fault[] = []) {}

  /** The faults that are left, with what is left of their `times`. */
  list(): Fault[] {
    return [...this.waiting];
  }

  /** Uses the first fault for `target` once. */
  take(target: FaultTarget): Fault | null {
    const index = this.waiting.findIndex((fault) => (fault.on ?? 'update') === target);
    const fault = this.waiting[index];
    if (fault === undefined) return null;
    const left = fault.times === 'always' ? fault : oneLess(fault);
    this.waiting = this.waiting.toSpliced(index, 1, ...(left === null ? [] : [left]));
    return fault;
  }
}

function oneLess(fault: Fault): Fault | null {
  const times = Number(fault.times ?? 1) - 1;
  return times > 0 ? { ...fault, times } : null;
}
