import { STOP_STREAM_PATH } from '../../../src/links/stop-links.js';
import { readLink } from '../../../src/links/link-token.js';
import type { LinkClaims } from '../../../src/links/link-token.js';
import type { CallView, FetchRecord, UpdateRecord } from '../../../src/simulator/calls/call-view.js';
import type { Cancellation } from '../parts/cancellation.js';
import type { Disturbance } from './breaking.js';

/** What each side wrote down. */
export interface Books {
  /** All that was answered with 202. */
  readonly accepted: readonly string[];
  /** Every cancellation that the service knows, accepted or not. */
  readonly records: ReadonlyMap<string, Cancellation>;
  /** Their states in the queue. */
  readonly states: ReadonlyMap<string, readonly string[]>;
  readonly calls: readonly CallBook[];
  readonly disturbances: readonly Disturbance[];
}

/** What the simulator wrote down about one call. */
export interface CallBook {
  readonly call: CallView;
  /** Oldest first. */
  readonly posts: readonly Post[];
  readonly fetches: readonly Fetch[];
}

/** What a link of ours names. */
export type Named = Pick<LinkClaims, 'stops' | 'sentAt'>;

export interface Post {
  readonly update: UpdateRecord;
  /** When it arrived, in epoch milliseconds. */
  readonly at: number;
  /** Null if its `Url` is no link of the service. */
  readonly named: Named | null;
}

export interface Fetch {
  readonly fetch: FetchRecord;
  readonly at: number;
  readonly named: Named | null;
}

/** @param secret signs the service's links */
export function bookOf(call: CallView, secret: string): CallBook {
  return {
    call,
    posts: call.updates.map((update) => ({
      update,
      at: Date.parse(update.at),
      named: namedIn(update.params['Url'], secret),
    })),
    fetches: call.fetches.map((fetch) => ({
      fetch,
      at: Date.parse(fetch.startedAt),
      named: namedIn(fetch.url, secret),
    })),
  };
}

/** A link is read whether or not it has expired meanwhile. */
function namedIn(url: string | undefined, secret: string): Named | null {
  const token = url?.split(`${STOP_STREAM_PATH}/`)[1];
  return token === undefined ? null : readLink(token, secret, 0);
}

/** Whether a complete document was delivered. */
export const wasServed = ({ fetch }: Fetch): boolean => fetch.status === 200 && fetch.error === null;

export const names = (named: Named | null, id: string): boolean =>
  named?.stops.some(({ cancellationId }) => cancellationId === id) ?? false;
