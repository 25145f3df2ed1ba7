import { expect, it } from 'vitest';
import { sharesOf } from '../results/breakdown.js';

it('shows the largest parts of ours first and adds up the small ones of both sides', () => {
  const ours = new Map([
    ['fastify', 40],
    ['bullmq', 58],
    ['uuid', 1],
    ['pino', 1],
  ]);
  const theirs = new Map([
    ['fastify', 30],
    ['uuid', 1.2],
    ['axios', 10],
  ]);
  expect(sharesOf(ours, theirs)).toEqual([
    { part: 'bullmq', ours: 58, theirs: 0 },
    { part: 'fastify', ours: 40, theirs: 30 },
    { part: 'axios', ours: 0, theirs: 10 },
    { part: '2 smaller parts', ours: 2, theirs: 1.2 },
  ]);
});
