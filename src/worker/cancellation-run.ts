import { Logger } from '@nestjs/common';
import { DelayedError, UnrecoverableError } from 'bullmq';
import type { Project } from '../projects/project.js';
import type { GoAhead, Place } from '../lane/call-lanes.js';
import { closedRecordOf, recordOf } from '../queue/job-record.js';
import type { CancellationRecord, WaitingFor } from '../cancellation/record.js';
import { LockLostError, RetryPlannedError, WaitPlannedError } from '../api/errors.js';
import { documentSourceOf } from '../cancellation/document-source.js';
import type { HeldJob } from './held-job.js';
import { isProvenFor, msUnconfirmed, withoutPlan, withSending } from '../cancellation/record-updates.js';
import { RunAttempts } from './run-attempts.js';
import { RunEvidence } from './run-evidence.js';
import { RunLane } from './run-lane.js';
import type { RunParts } from './run-parts.js';
import { Stopping } from './stopping.js';
import { wayOf } from '../cancellation/strategy.js';
import { CONFIGURATION_WAIT_MS, EARLY_MS, IS_RETRIED, IS_TIMED, LANE_WAIT_MS, laneWaitMs } from './waits.js';

/** One start of a cancellation's job, from the look for earlier evidence to its end or to the plan for the next start. */
export class CancellationRun {
  private readonly logger = new Logger(CancellationRun.name);
  private readonly evidence: RunEvidence;
  private readonly lane: RunLane;
  private readonly attempts: RunAttempts;
  /** What the job waited for until it started. */
  private readonly waitedFor: WaitingFor | null;
  /** Whether only the call's own state can tell what to do. */
  private readonly mustAsk: boolean;
  private readonly stopping: Stopping;

  constructor(
    private readonly parts: RunParts,
    private readonly held: HeldJob,
  ) {
    const { job } = held;
    const { sendingSince, waitingFor } = recordOf(job);
    this.waitedFor = waitingFor;
    this.mustAsk = sendingSince !== null || waitingFor === 'answer';
    this.evidence = new RunEvidence(parts, held);
    this.lane = new RunLane(parts, held);
    this.attempts = new RunAttempts(parts, held);
    this.stopping = new Stopping(parts, held, {
      evidence: this.evidence,
      lane: this.lane,
      attempts: this.attempts,
      mustAsk: this.mustAsk,
      waitedFor: this.waitedFor,
    });
  }

  /**
   * @returns the record of a cancellation that has succeeded
   * @throws {RetryPlannedError} the attempt failed, and the next one is planned
   * @throws {DelayedError} the job waits for something else than its own next attempt
   * @throws {UnrecoverableError} given up
   */
  async carry(): Promise<CancellationRecord> {
    try {
      const record = await this.unbroken();
      this.leaveBehind();
      return record;
    } catch (error) {
      await this.leave(error instanceof UnrecoverableError);
      if (!(error instanceof WaitPlannedError)) throw error;
      // The last step, since the job can start again from here on. By this machine's own clock, as BullMQ goes by it.
      await this.held.job.moveToDelayed(Date.now() + error.delayMs, this.held.token);
      throw new DelayedError();
    } finally {
      this.held.release();
      this.evidence.close();
    }
  }

  /** A fault of our own, such as Redis lost in the middle of an attempt, is tried again like one of SignalWire's. */
  private async unbroken(): Promise<CancellationRecord> {
    try {
      return await this.begin();
    } catch (error) {
      const isPlanned = [RetryPlannedError, WaitPlannedError, UnrecoverableError, LockLostError].some(
        (kind) => error instanceof kind,
      );
      if (isPlanned || this.held.signal.aborted) throw error;
      this.logger.error('attempt broke off', { ...this.held.ids, error: String(error) });
      if (this.attempts.last === null) this.held.record = closedRecordOf(this.held.job);
      return this.held.retry();
    }
  }

  private async begin(): Promise<CancellationRecord> {
    const { clock, environment, projects } = this.parts;
    const project = projects.get(this.held.job.data.project);
    const place = await this.lane.enter(this.evidence.subject, this.goAhead(project));

    // Until this process knows the project, it does not know what less would do.
    if (isProvenFor(project ?? { requiredEvidence: 'stream_stopped' }, this.held.record))
      return this.proven(place);
    if (this.held.isTooLate()) return this.held.giveUp('deadline');
    if (project === undefined) return this.awaitConfiguration();

    const shared = place.notes.at(-1)?.attempt.outcome;
    if (shared !== undefined && IS_RETRIED.has(shared)) return this.held.retry();
    const earlyByMs = this.earlyByMs();
    if (earlyByMs > EARLY_MS) return this.held.wait(this.waitedFor ?? 'backoff', earlyByMs);
    if (!place.isFirst)
      return this.held.wait(this.waitedFor === 'answer' ? 'answer' : 'call', laneWaitMs(place.ahead));
    const forMs = msUnconfirmed(this.held.record, clock.now(), environment.CONFIRMATION_TIMEOUT_MS);
    if (forMs !== null) return this.stopping.awaitProof(project, null, forMs);
    return this.stopping.attempt(project, place.admitted);
  }

  /** What is asked for along with the place: the leave to send at once, unless something stands against it already. */
  private goAhead(project: Project | undefined): GoAhead | null {
    const { admission, clock } = this.parts;
    const { job, record } = this.held;
    if (project === undefined || this.mustAsk || isProvenFor(project, record)) return null;
    if (this.held.isTooLate() || this.earlyByMs() > EARLY_MS) return null;
    if (record.attempts.at(-1)?.outcome === 'accepted') return null;
    if ((job.data.siblings ?? []).length > 0) return null;
    if (documentSourceOf(project, job.data).kind === 'foreign') return null;
    const { by } = wayOf(job.data, record);
    return {
      wish: admission.wish(project, job, record.attempts.length === 0, this.waitedFor),
      record: withSending(record, clock.now(), by === 'stream_resource' ? by : 'update_call'),
    };
  }

  /** By how many milliseconds its job has started before its time; by a machine whose clock is wrong, it may. */
  private earlyByMs(): number {
    return IS_TIMED.has(this.waitedFor) ? (this.held.record.nextAttemptAt ?? 0) - this.parts.clock.now() : 0;
  }

  /** The one that sent the document tells of the attempt as soon as it has come to an end itself. */
  private proven(place: Place): Promise<CancellationRecord> | CancellationRecord {
    const isToldOf = this.held.record.attempts.length > 0 || this.held.record.documentFetchedAt === null;
    return place.isFirst || isToldOf || this.held.isTooLate()
      ? withoutPlan(this.held.record)
      : this.held.wait('call', LANE_WAIT_MS);
  }

  /** A process that has not read the projects file again may know a project later. */
  private awaitConfiguration(): Promise<never> {
    this.logger.warn('project not configured', { ...this.held.ids, project: this.held.job.data.project });
    return this.held.wait('configuration', CONFIGURATION_WAIT_MS);
  }

  /**
   * Not waited for: Redis is told before it is told of the job's end, which frees the call by itself. Where it fails, those who
   * wait for the call look by themselves (`laneWaitMs`).
   */
  private leaveBehind(): void {
    this.leave(true).catch((error: unknown) =>
      this.logger.warn('the call was not left in order', { ...this.held.ids, error: String(error) }),
    );
  }

  private leave(isFinished: boolean): Promise<void> {
    return this.lane.leave(isFinished, { sent: this.attempts.last, waitedFor: this.waitedFor });
  }
}
