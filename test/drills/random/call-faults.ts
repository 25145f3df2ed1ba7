import * as fc from 'fast-check';
import type { Fault } from '../../../src/simulator/faults/fault.js';

/** With these, a slow POST is answered in time, a late one is not, and a late fetch is still in time. */
export const REQUEST_TIMEOUT_MS = 2000;
export const CONFIRMATION_TIMEOUT_MS = 4000;

const late = fc.integer({ min: 2300, max: 4000 });
const serverError = fc.constantFrom(500, 502, 503, 504);

/** What goes wrong with one POST about a call, or with a read of it. */
export const CALL_FAULT: fc.Arbitrary<Fault> = fc.oneof(
  serverError.map((status) => ({ status })),
  serverError.map((status) => ({ status, applied: true })),
  fc.constantFrom<Fault>({ drop: 'before' }, { drop: 'after' }),
  late.map((latencyMs) => ({ latencyMs })),
  late.map((latencyMs) => ({ latencyMs, drop: 'before' }) as const),
  fc.constantFrom('0', '1', '3').map((seconds) => ({ status: 429, headers: { 'retry-after': seconds } })),
  fc.constantFrom<Fault>({ fetch: 'none' }, { fetch: 'twice' }),
  fc.integer({ min: 300, max: 3000 }).map((delayMs) => ({ fetch: { delayMs } })),
  fc.integer({ min: 100, max: 1200 }).map((latencyMs) => ({ latencyMs })),
  fc.constantFrom<Fault>({ body: 'html' }, { body: 'garbage' }, { code: 21_220 }),
  fc.constantFrom<Fault>({ on: 'read', status: 503 }, { on: 'read', latencyMs: 3000 }),
);
