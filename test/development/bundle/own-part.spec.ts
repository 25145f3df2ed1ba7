import { decode, encode } from '@jridgewell/sourcemap-codec';
import { describe, expect, it } from 'vitest';
import { ownPartOf } from '../../../src/development/bundle/own-part.js';

const MAP = {
  version: 3,
  sources: ['../src/own.ts', '../node_modules/a/index.js'],
  sourcesContent: ['own', 'of a package'],
  mappings: encode([
    [
      [0, 1, 5, 0],
      [4, 1, 6, 0],
      [9, 0, 2, 1],
      [12, 0, 3, 1],
      [20, 1, 7, 0],
    ],
    [],
    [[0, 0, 4, 2]],
  ]),
};

describe('the own part of a source map', () => {
  const own = ownPartOf(MAP, (source) => source.startsWith('../src/'));

  it('has the own places as they were, and marks where those of packages begin', () => {
    expect(decode(own.mappings)).toEqual([[[0], [9, 0, 2, 1], [12, 0, 3, 1], [20]], [], [[0, 0, 4, 2]]]);
  });

  it('has the text of the own sources alone, under the numbers that they had', () => {
    expect(own).toMatchObject({ version: 3, sources: MAP.sources, sourcesContent: ['own', null] });
  });
});
