import { describe, expect, it } from 'vitest';
import { ServiceEnvironment } from '../../../src/config/service.environment.js';
import {
  AllowanceSpentError,
  MAX_COUNTERS,
  SourceAllowance,
} from '../../../src/documents/access/source-allowance.js';

const allowanceOf = (points: number) =>
  new SourceAllowance(Object.assign(new ServiceEnvironment(), { SOURCE_REQUESTS_PER_MINUTE: points }));

describe('the allowance of a source', () => {
  it('is spent by that many requests, and the error says when to ask again', async () => {
    const allowance = allowanceOf(3);
    for (let count = 0; count < 3; count += 1) {
      await allowance.demand('192.0.2.1');
      allowance.charge('192.0.2.1');
    }
    const error = await allowance.demand('192.0.2.1').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AllowanceSpentError);
    expect((error as AllowanceSpentError).retryAfter).toBeGreaterThan(0);
    expect((error as AllowanceSpentError).retryAfter).toBeLessThanOrEqual(60);
  });

  it('takes a bounded number of counters, however many sources there are', () => {
    const allowance = allowanceOf(1);
    const counters = new Set<string>();
    for (let i = 0; i < MAX_COUNTERS + 4000; i += 1) counters.add(allowance.counterOf(`source ${i}`));
    expect(counters.size).toBeLessThanOrEqual(MAX_COUNTERS);
    expect(counters.size).toBeGreaterThan(MAX_COUNTERS / 2);
  });

  it('is in a counter that nobody outside the process can predict', () => {
    const counters = Array.from({ length: 20 }, () => allowanceOf(1).counterOf('192.0.2.1'));
    expect(new Set(counters).size).toBeGreaterThan(1);
  });
});
