import { describe, expect, it } from 'vitest';
import { otherStreams } from '../../../src/api/accept/streams-of-calls.js';

const many = (count: number) => Array.from({ length: count }, (_, index) => `stream-${index}`);

describe('the other streams of a call', () => {
  it.each<[string, readonly string[], ReturnType<typeof otherStreams>]>([
    ['nothing was reported', [], undefined],
    ['the stream was reported', ['a', 'stream'], undefined],
    ['only others were reported', ['a', 'Stream'], { names: ['a', 'Stream'], count: 2 }],
    ['too many to keep were reported', many(100), { names: many(10), count: 100 }],
    ['a long name was reported', ['x'.repeat(256)], { names: [`${'x'.repeat(61)}...`], count: 1 }],
  ])('are kept, few and short, if only they were reported: %s', (_, reported, others) => {
    expect(otherStreams('stream', reported)).toEqual(others);
  });
});
