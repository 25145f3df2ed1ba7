import type { Fault } from '../../simulator/faults/fault.js';

/** What SignalWire answers to the first update of a call. */
export const FAULT_KINDS = ['none', '5xx', 'timeout', '429'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Longer than `REQUEST_TIMEOUT_MS`. */
const HELD_MS = 6000;

/** Of a hundred calls five meet a 5xx, two a 429 and one no answer in time, far enough from each other to be no outage. */
export function faultKindOf(number: number): FaultKind {
  if (number % 20 === 1) return '5xx';
  if (number % 50 === 25) return '429';
  return number % 100 === 50 ? 'timeout' : 'none';
}

export const FAULTS: Readonly<Record<FaultKind, readonly Fault[]>> = {
  none: [],
  '5xx': [{ status: 503 }],
  timeout: [{ latencyMs: HELD_MS }],
  '429': [{ status: 429, headers: { 'Retry-After': '1' } }],
};
