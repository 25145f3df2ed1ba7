import { decode, encode } from '@jridgewell/sourcemap-codec';
import type { SourceMapSegment } from '@jridgewell/sourcemap-codec';

/** As https://tc39.es/ecma426/ has it. */
export interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
  readonly mappings: string;
}

/**
 * The map with nothing of packages: read whole at the first error, it would take more memory than the service. What comes
 * from a package is marked as from nowhere, and so keeps its place in the bundle.
 */
export function ownPartOf<T extends SourceMap>(map: T, isOwnSource: (source: string) => boolean): T {
  const isOwn = map.sources.map(isOwnSource);
  const ownSegment = (segment: SourceMapSegment): SourceMapSegment =>
    segment.length > 1 && isOwn[segment[1] ?? -1] === true ? segment : [segment[0]];
  return {
    ...map,
    sourcesContent: map.sources.map(
      (_, index) => (isOwn[index] ? map.sourcesContent?.[index] : null) ?? null,
    ),
    mappings: encode(decode(map.mappings).map((line) => line.map(ownSegment).filter(isNews))),
  };
}

/** Of several places from nowhere, the first says all. */
const isNews = (segment: SourceMapSegment, index: number, line: SourceMapSegment[]): boolean =>
  segment.length > 1 || line[index - 1]?.length !== 1;
