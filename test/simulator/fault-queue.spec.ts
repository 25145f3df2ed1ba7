import { describe, expect, it } from 'vitest';
import { FaultQueue } from '../../src/simulator/faults/fault-queue.js';

describe('the faults of a call', () => {
  it('are used in order, each as often as its `times` says', () => {
    const queue = new FaultQueue([{ status: 429, times: 2 }, { status: 503 }]);
    const statuses = [1, 2, 3, 4].map(() => queue.take('update')?.status);
    expect(statuses).toEqual([429, 429, 503, undefined]);
  });

  it('are listed with their remaining `times`', () => {
    const queue = new FaultQueue([{ status: 429, times: 3 }, { status: 503 }]);
    queue.take('update');
    expect(queue.list()).toEqual([{ status: 429, times: 2 }, { status: 503 }]);
  });

  it('never run out with `times: "always"`', () => {
    const queue = new FaultQueue([{ status: 500, times: 'always' }, { status: 503 }]);
    const statuses = [1, 2, 3].map(() => queue.take('update')?.status);
    expect(statuses).toEqual([500, 500, 500]);
  });

  it('apply either to reads or to updates', () => {
    const queue = new FaultQueue([{ on: 'read', status: 404 }, { status: 503 }]);
    expect(queue.take('update')).toEqual({ status: 503 });
    expect(queue.take('update')).toBeNull();
    expect(queue.take('read')).toEqual({ on: 'read', status: 404 });
  });
});
