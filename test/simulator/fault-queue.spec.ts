import { describe, expect, it } from 'vitest';
import { FaultQueue } from '../../src/simulator/faults/fault-queue.js';

describe('the faults of a call', () => {
  it('are used in order, each as often as it says', () => {
    const queue = new FaultQueue([{ status: 429, times: 2 }, { status: 503 }]);
    const statuses = [1, 2, 3, 4].map(() => queue.take('update')?.status);
    expect(statuses).toEqual([429, 429, 503, undefined]);
  });

  it('show what is left of them', () => {
    const queue = new FaultQueue([{ status: 429, times: 3 }, { status: 503 }]);
    queue.take('update');
    expect(queue.list()).toEqual([{ status: 429, times: 2 }, { status: 503 }]);
  });

  it('may last for ever', () => {
    const queue = new FaultQueue([{ status: 500, times: 'always' }, { status: 503 }]);
    const statuses = [1, 2, 3].map(() => queue.take('update')?.status);
    expect(statuses).toEqual([500, 500, 500]);
  });

  it('for reads leave updates alone, and the other way round', () => {
    const queue = new FaultQueue([{ on: 'read', status: 404 }, { status: 503 }]);
    expect(queue.take('update')).toEqual({ status: 503 });
    expect(queue.take('update')).toBeNull();
    expect(queue.take('read')).toEqual({ on: 'read', status: 404 });
  });
});
