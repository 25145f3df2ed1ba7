import { recordOf } from '../queue/job-record.js';
import type { CancellationJob } from '../queue/cancellations.queue.js';
import { asksForSource } from '../cancellation/document-source.js';
import { wayOf } from '../cancellation/strategy.js';

/** What one document stops at most, so that its address stays at a length that any server reads. */
export const MAX_COMPANIONS = 20;
const MAX_NAME_BYTES = 1000;

/** Those of one request were accepted at one time, and have ids in the order in which it names their streams. */
export const byAge = (one: CancellationJob, other: CancellationJob): number =>
  one.data.createdAt - other.data.createdAt || (String(one.id) < String(other.id) ? -1 : 1);

/** The one of several that says what their call does next: the newest whose request did so itself, else the newest. */
export function decisive(jobs: readonly CancellationJob[]): CancellationJob | undefined {
  const sorted = jobs.toSorted(byAge);
  return sorted.findLast(({ data }) => data.isThenRequested === true) ?? sorted.at(-1);
}

/** Whether its stream may be stopped by a document that stops others too. */
export const goesByDocument = (job: CancellationJob): boolean =>
  job.data.streamName !== null &&
  !asksForSource(job.data) &&
  wayOf(job.data, recordOf(job)).by !== 'stream_resource';

/**
 * As many as one document carries: the one that says what the call does next, then those of the same request, then the
 * oldest.
 *
 * @param siblings the ids of those of the same request
 */
export function boarding(jobs: readonly CancellationJob[], siblings: readonly string[]): CancellationJob[] {
  const first = decisive(jobs);
  if (first === undefined) return [];
  const isSibling = ({ id }: CancellationJob) => siblings.includes(String(id));
  const rest = jobs.filter((job) => job !== first).toSorted(byAge);
  let nameBytes = 0;
  return [first, ...rest.filter(isSibling), ...rest.filter((job) => !isSibling(job))]
    .slice(0, MAX_COMPANIONS)
    .filter(
      ({ data }) => (nameBytes += Buffer.byteLength(JSON.stringify(data.streamName))) <= MAX_NAME_BYTES,
    );
}
