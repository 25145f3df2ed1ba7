import { names, wasServed } from './books.js';
import type { Books, CallBook, Named, Post } from './books.js';
import { CONFIRMATION_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from './call-faults.js';
import type { Violation } from './comparison.js';
import type { Disturbance } from './breaking.js';

/** A busy machine notes a POST or a fetch up to this much later than the service does. */
const NOTED_WITHIN_MS = 1000;

/** A POST that the service lists, with the link's names. */
type NamedPost = Post & { readonly named: Named };

/** What is wrong with the POSTs of one call. */
export function faultsOfPosts(book: CallBook, books: Books): Violation[] {
  const callSid = book.call.sid;
  const named = book.posts.filter((post): post is NamedPost => post.named !== null);
  const own = named.flatMap((post) => {
    const id = post.named.stops[0]?.cancellationId ?? null;
    const faults = [
      ...unlisted(post, books),
      ...(isLate(post, books) ? ['POST after the deadline'] : []),
      ...(isExtra(post, book, books) ? ['POST although all of it was proven'] : []),
    ];
    return faults.map((what) => ({ what: `${what} (sent ${iso(post.named.sentAt)})`, id, callSid }));
  });
  const overlaps = named.slice(1).flatMap((next, place) => {
    const before = named[place] as NamedPost;
    if (!overlap(before, next, book) || wasHeldUp(next, books) || wasHeldUp(before, books)) return [];
    const what = `POST sent ${iso(next.named.sentAt)} overlaps the one sent ${iso(before.named.sentAt)}`;
    return [{ what, id: next.named.stops[0]?.cancellationId ?? null, callSid }];
  });
  const foreign =
    book.posts.length > named.length ? [{ what: 'POST without a link', id: null, callSid }] : [];
  return [...own, ...overlaps, ...foreign];
}

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** Every cancellation that a POST names lists it as an attempt. */
function unlisted({ named }: NamedPost, { records }: Books): string[] {
  return named.stops.flatMap(({ cancellationId }) => {
    const record = records.get(cancellationId);
    if (record === undefined) return [`POST for the unknown ${cancellationId}`];
    return record.attempts.some(({ startedAt }) => Date.parse(startedAt) === named.sentAt)
      ? []
      : [`POST that ${cancellationId} does not list`];
  });
}

/**
 * Connecting counts towards the request's time limit. A process that freezes between its last look at the clock and its
 * POST sends it when it goes on.
 */
function isLate(post: NamedPost, books: Books): boolean {
  const deadlines = recordsOf(post, books).map(({ deadline }) => Date.parse(deadline));
  const last = Math.max(...deadlines);
  if (post.named.sentAt > last) return true;
  return post.at > last + REQUEST_TIMEOUT_MS + NOTED_WITHIN_MS && !wasHeldUp(post, books);
}

/** Whether every stream of it was proven to be stopped, and the service had the time to learn that. */
function isExtra(post: NamedPost, { fetches }: CallBook, books: Books): boolean {
  const provenAt = post.named.stops.map(({ cancellationId }) =>
    Math.min(
      ...fetches
        .filter((fetch) => wasServed(fetch) && names(fetch.named, cancellationId))
        .map(({ at, fetch }) => at + fetch.durationMs),
    ),
  );
  const from = Math.max(...provenAt);
  const { sentAt } = post.named;
  if (from + NOTED_WITHIN_MS > sentAt) return false;
  // Evidence is in the hands of these until a worker reads it.
  return !disturbed(
    books,
    from - NOTED_WITHIN_MS,
    sentAt,
    ({ target }) => target.startsWith('documents') || target === 'redis',
  );
}

/** Whether a process was frozen, or cut off, between writing the attempt down and its arrival. */
const wasHeldUp = ({ named, at }: NamedPost, books: Books): boolean =>
  at - named.sentAt > NOTED_WITHIN_MS && disturbed(books, named.sentAt, at, () => true);

const disturbed = (
  { disturbances }: Books,
  from: number,
  to: number,
  counts: (one: Disturbance) => boolean,
): boolean => disturbances.some((one) => counts(one) && one.from <= to && from <= one.to);

/** Whether the next POST came while the one before was unanswered, or its document could still be fetched. */
function overlap(before: NamedPost, next: NamedPost, book: CallBook): boolean {
  const { update, at } = before;
  const { call } = book;
  if (call.endedAt !== null && Date.parse(call.endedAt) <= next.at) return false;
  const answeredAt = update.answeredAt === null ? at : Date.parse(update.answeredAt);
  const knownAt = Math.min(answeredAt, at + REQUEST_TIMEOUT_MS - NOTED_WITHIN_MS);
  if (next.at < knownAt) return true;
  if (!update.applied || mayReplace(before, next)) return false;
  const fetchedAt = Math.min(
    ...book.fetches
      .filter(({ at: start, named }) => start >= at && isSame(named, before.named))
      .map((fetch) => fetch.at),
  );
  return next.at < Math.min(fetchedAt, knownAt + CONFIRMATION_TIMEOUT_MS - NOTED_WITHIN_MS);
}

/** The same cancellation is retried after a 5xx without waiting for a document that may have been applied. */
const mayReplace = ({ update, named }: NamedPost, next: NamedPost): boolean =>
  update.status !== null &&
  update.status >= 300 &&
  named.stops.some(({ cancellationId }) => names(next.named, cancellationId));

/** Whether both are links of one attempt: its document or its fallback. */
const isSame = (one: Named | null, other: Named): boolean =>
  one !== null &&
  one.sentAt === other.sentAt &&
  one.stops[0]?.cancellationId === other.stops[0]?.cancellationId;

const recordsOf = ({ named }: NamedPost, { records }: Books) =>
  named.stops.flatMap(({ cancellationId }) => records.get(cancellationId) ?? []);
