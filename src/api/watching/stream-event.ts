import type { Cancellation } from '../cancellation.js';

/** What a stream sends. Its text and its cancellation were made together, so that they cannot differ. */
export interface StreamEvent {
  /** The cancellation, or `GAP`: a newer event of the same key stands for an older one. */
  readonly key: string;
  /** In the stream of changes; the `id` of the event. */
  readonly position: string;
  readonly text: string;
  /** Null for a gap. */
  readonly cancellation: Cancellation | null;
}

const GAP = 'gap';

export const eventOf = (position: string, cancellation: Cancellation): StreamEvent => ({
  key: cancellation.id,
  position,
  text: `id: ${position}\nevent: cancellation\ndata: ${JSON.stringify(cancellation)}\n\n`,
  cancellation,
});

/** Changes until `position` were missed. */
export const gapAt = (position: string): StreamEvent => ({
  key: GAP,
  position,
  text: `id: ${position}\nevent: ${GAP}\ndata: {}\n\n`,
  cancellation: null,
});
