import type { Fault, FaultTarget } from './fault.js';

/** The faults of one call, used in order. Updates, reads and stream requests each take only their own. */
export class FaultQueue {
  constructor(private waiting: readonly Fault[] = []) {}

  /** The remaining faults with their remaining `times`. */
  list(): Fault[] {
    return [...this.waiting];
  }

  /** Uses the first fault for `target` once; null if there is none. */
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
