import type { Subject } from '../evidence/evidence.js';
import type { Project } from '../projects/project.js';
import type { Attempt, WaitingFor } from '../cancellation/record.js';
import type { CancellationJob } from '../queue/cancellations.queue.js';
import type { GoAhead, Place } from '../lane/call-lanes.js';
import { byAge } from '../lane/boarding.js';
import { documentSourceOf } from '../cancellation/document-source.js';
import { nearest } from '../lane/companions.js';
import type { HeldJob } from './held-job.js';
import { msUnfetched, withNotes, withProof } from '../cancellation/record-updates.js';
import type { RunParts } from './run-parts.js';
import { wayOf } from '../cancellation/strategy.js';
import { STAYS_FRESH } from './waits.js';

/** Where a cancellation stands among those of its call, in one start of its job. */
export class RunLane {
  private place: Place | null = null;
  private companions: readonly CancellationJob[] = [];

  constructor(
    private readonly parts: RunParts,
    private readonly held: HeldJob,
  ) {}

  /** The SID by which its stream is stopped, outside of the lane; null where a document stops it. */
  get streamSid(): string | null {
    return this.place?.streamSid ?? null;
  }

  /**
   * In its call's lane, or outside of it where its stream is stopped by its SID. What was found there is in the record then.
   *
   * @param goAhead null where it cannot be sent at once, whatever is found
   * @throws {LockLostError}
   */
  async enter(subject: Subject, goAhead: GoAhead | null = null): Promise<Place> {
    const { job, token, record } = this.held;
    const entrant = { job, token, subject, way: wayOf(job.data, record), goAhead };
    const place = await this.parts.lanes.enter(entrant, this.parts.clock.now());
    this.place = place;
    if (goAhead !== null && place.isSending) this.held.wasSaved(goAhead.record);
    const { streamSid } = place;
    if (streamSid !== null) this.held.record = { ...this.held.record, streamSid };
    this.held.record = withProof(withNotes(this.held.record, place.notes), place.proof);
    return place;
  }

  /** All that one document stops, oldest first. Only the one that we make of verbs can stop several streams. */
  async board(project: Project): Promise<readonly CancellationJob[]> {
    const { clock } = this.parts;
    const { job } = this.held;
    const { kind } = documentSourceOf(project, job.data);
    if (kind === 'verbs' && this.place !== null)
      this.companions = await this.parts.companions.of(job, this.place, clock.now());
    return [...this.companions, job].toSorted(byAge);
  }

  /**
   * Leaves the call to the next one, and tells those whose streams this run's document was to stop as well.
   *
   * @param end what this run's attempt came to, if it made one, and what the job waited for before it
   */
  async leave(
    isFinished: boolean,
    { sent, waitedFor }: { sent: Attempt | null; waitedFor: WaitingFor | null },
  ): Promise<void> {
    const { admission, clock, companions, environment, lanes } = this.parts;
    const { job, record, token } = this.held;
    if (this.place === null || this.held.signal.aborted) return;
    const told =
      sent !== null && this.companions.length > 0
        ? companions.tell(this.companions, { attempt: sent, callEnded: record.callEnded }, clock.now())
        : null;
    const isFresh = record.attempts.length === 0 && STAYS_FRESH.has(record.waitingFor);
    // Nothing is waited for before this: what follows the end of the job must find it done.
    const left = lanes.leave(job, token, this.place.notes.length, {
      isFinished,
      isRetry: !isFresh,
      keptMs: msUnfetched(record, clock.now(), environment.CONFIRMATION_TIMEOUT_MS),
    });
    const [others] = await Promise.all([left, told]);
    if (isFinished) await admission.forget(job, waitedFor);
    // A companion that has not entered the lane yet is not among the others.
    const along = this.companions.map(({ id }) => String(id));
    if (sent !== null && this.streamSid === null)
      await lanes.wake([...new Set([...nearest(others), ...along])]);
  }
}
