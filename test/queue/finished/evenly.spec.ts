import { expect, it } from 'vitest';
import { evenly } from '../../../src/queue/finished/evenly.js';

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

it.each([
  [0, 4, [], 1],
  [4, 4, [0, 1, 2, 3], 1],
  [8, 4, [0, 2, 4, 6], 2],
  [10, 4, [0, 2, 5, 7], 2.5],
])('of %i items, at most %i from all over them stand for all: %j', (count, most, some, each) => {
  expect(evenly(numbers(count), most)).toEqual({ some, each });
});
