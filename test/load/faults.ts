import type { Fault } from '../../src/simulator/faults/fault.js';
import { randomFrom } from './random.js';

/** How SignalWire answers the first update of a call. */
export const FAULT_KINDS = ['none', '5xx', 'timeout', '429'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Longer than `REQUEST_TIMEOUT_MS`. */
const HELD_MS = 6000;

const RETRY_AFTER_S = '1';

export const FAULTS: Readonly<Record<FaultKind, readonly Fault[]>> = {
  none: [],
  '5xx': [{ status: 503 }],
  timeout: [{ latencyMs: HELD_MS }],
  '429': [{ status: 429, headers: { 'Retry-After': RETRY_AFTER_S } }],
};

/** Percent of the calls. */
const PERCENT: Readonly<Record<FaultKind, number>> = { none: 92, '5xx': 5, timeout: 1, '429': 2 };

/** The fault of each call in turn. They are random, because evenly spread faults would never look like an outage. */
export function faultsFrom(seed: number): () => FaultKind {
  const random = randomFrom(seed);
  return () => kindAt(random() * 100);
}

/** @param place from 0 to below 100 */
function kindAt(place: number): FaultKind {
  let beyond = place;
  for (const kind of FAULT_KINDS) {
    beyond -= PERCENT[kind];
    if (beyond < 0) return kind;
  }
  return 'none';
}

export const FAULTS_TEXT = `${PERCENT['5xx']} % of the calls meet a 5xx, ${PERCENT['429']} % a 429 with \`Retry-After: ${RETRY_AFTER_S}\` and ${PERCENT.timeout} % no answer within \`REQUEST_TIMEOUT_MS\``;
