import { describe, expect, it } from 'vitest';
import { traceIdOf, traceparentOf } from '../../../src/platform/trace/traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const VALID = `00-${TRACE}-${PARENT}-01`;

describe('a traceparent', () => {
  it.each([
    ['of version 00', VALID, VALID],
    ['that is not sampled', `00-${TRACE}-${PARENT}-00`, `00-${TRACE}-${PARENT}-00`],
    ['with an unknown flag', `00-${TRACE}-${PARENT}-ff`, `00-${TRACE}-${PARENT}-ff`],
    ['of a later version', `01-${TRACE}-${PARENT}-01`, VALID],
    ['of a later version with more fields', `cc-${TRACE}-${PARENT}-01-what-the-future-brings`, VALID],
    ['of a later version with more flags', `cc-${TRACE}-${PARENT}-0e`, `00-${TRACE}-${PARENT}-00`],
    ['of a later version that ends in a dash', `cc-${TRACE}-${PARENT}-01-`, VALID],
  ])('%s is kept as version 00', (_, header, kept) => {
    expect(traceparentOf(header)).toBe(kept);
    expect(traceIdOf(traceparentOf(header))).toBe(TRACE);
  });

  it.each([
    undefined,
    '',
    TRACE,
    `ff-${TRACE}-${PARENT}-01`,
    `0-${TRACE}-${PARENT}-01`,
    `.0-${TRACE}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `cc-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    `00-${TRACE.slice(1)}-${PARENT}-01`,
    `00-${TRACE}0-${PARENT}-01`,
    `00-${TRACE}-${PARENT.slice(1)}-01`,
    `00-${TRACE}-${PARENT}-1`,
    `00-${TRACE}-${PARENT}-.0`,
    `00-${TRACE}-${PARENT}-01-`,
    `00-${TRACE}-${PARENT}-01-more`,
    `cc-${TRACE}-${PARENT}-01.more`,
    `cc-${TRACE}-${PARENT}-012`,
    ` ${VALID}`,
    `${VALID}, ${VALID}`,
    [VALID],
  ])('is ignored: %j', (header) => {
    expect(traceparentOf(header)).toBeUndefined();
  });
});
