import { Logger } from '@nestjs/common';
import { DelayedError, UnrecoverableError } from 'bullmq';
import type { Subject } from '../evidence/evidence.js';
import type { EvidenceWatch } from '../evidence/evidence.inbox.js';
import type { Project, RequiredEvidence } from '../projects/project.js';
import type { CallState } from '../signalwire/answer.js';
import { CallNotFoundError, UpdateCallError } from '../signalwire/signalwire.errors.js';
import type { Passed } from './admission.js';
import type { SentAttempt } from './attempts.js';
import type { Place } from './call-lanes.js';
import type { Bin, Wait } from './confirmation.js';
import { LockLostError, RetryPlannedError, WaitPlannedError } from './cancellations.errors.js';
import { documentSourceOf } from './document-source.js';
import { closedRecordOf, nextNumber, recordOf, streamKey, withAttempt } from './cancellations.queue.js';
import type { Attempt, CancellationJob, CancellationRecord, WaitingFor } from './cancellations.queue.js';
import type { HeldJob } from './held-job.js';
import {
  answerWaitMs,
  isProven,
  msUnconfirmed,
  withCallNotFound,
  withNotes,
  withoutPlan,
  withProof,
  withUnconfirmed,
} from './record.js';
import type { RunParts } from './run-parts.js';

/** How soon a cancellation looks again whether its call's other update is over; it is also told. */
const LANE_WAIT_MS = 500;

const CONFIGURATION_WAIT_MS = 5000;

/** For a project that has just stopped and begun to work again. */
const STOPPED_WAIT_MS = 1000;

/** A job that starts so much before its time was started by a machine whose clock is wrong. */
const EARLY_MS = 250;

/** Waits that nobody cuts short on purpose. */
const IS_TIMED: ReadonlySet<WaitingFor | null> = new Set<WaitingFor | null>(['backoff', 'answer', 'rate']);

/** Outcomes with which the project, not the cancellation, has to wait. */
const STOPS_PROJECT = new Map<Attempt['outcome'], WaitingFor>([
  ['rate_limited', 'throttled'],
  ['unauthorized', 'unauthorized'],
]);

/** Outcomes of an attempt, sent for several cancellations, after which each plans its own retry. */
const IS_RETRIED: ReadonlySet<Attempt['outcome']> = new Set([
  'not_confirmed',
  'provider_error',
  'timeout',
  'unreachable',
  'invalid_response',
]);

/** What has not been sent yet, and waits for one of these, stays ahead of what is tried again. */
const STAYS_FRESH: ReadonlySet<WaitingFor | null> = new Set<WaitingFor | null>(['call', 'rate']);

/** One start of a cancellation's job: at most one attempt, from the look for earlier evidence to its own. */
export class CancellationRun {
  private readonly logger = new Logger(CancellationRun.name);
  private readonly subject: Subject;
  private readonly watch: EvidenceWatch;
  /** What the job waited for until it started. */
  private readonly waitedFor: WaitingFor | null;
  /** Whether only the call's own state can tell what to do. */
  private readonly mustAsk: boolean;
  private place: Place | null = null;
  private companions: readonly CancellationJob[] = [];
  private sent: Attempt | null = null;

  constructor(
    private readonly parts: RunParts,
    private readonly held: HeldJob,
  ) {
    const { job } = held;
    const { callSid, streamName, project, createdAt } = job.data;
    const { sendingSince, waitingFor } = recordOf(job);
    this.waitedFor = waitingFor;
    this.mustAsk = sendingSince !== null || waitingFor === 'answer';
    this.subject = {
      cancellationId: String(job.id),
      streamKey: streamKey({ project, callSid, streamName }),
      createdAt,
    };
    this.watch = parts.inbox.watch(this.subject);
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
      await this.leave(true);
      return record;
    } catch (error) {
      await this.leave(error instanceof UnrecoverableError);
      if (!(error instanceof WaitPlannedError)) throw error;
      // The last step, since the job can start again from here on. By this machine's own clock, as BullMQ goes by it.
      await this.held.job.moveToDelayed(Date.now() + error.delayMs, this.held.token);
      throw new DelayedError();
    } finally {
      this.held.release();
      this.watch.close();
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
      if (this.sent === null) this.held.record = closedRecordOf(this.held.job);
      return this.held.retry();
    }
  }

  private async begin(): Promise<CancellationRecord> {
    const { clock, inbox, lanes, projects } = this.parts;
    const [place, proof] = await Promise.all([
      lanes.enter(this.held.job, this.held.token, clock.now()),
      inbox.earlier(this.subject),
    ]);
    this.place = place;
    const earlyByMs = IS_TIMED.has(this.waitedFor) ? (this.held.record.nextAttemptAt ?? 0) - clock.now() : 0;
    this.held.record = withProof(withNotes(this.held.record, place.notes), proof);

    const project = projects.get(this.held.job.data.project);
    // Until this process knows the project, it does not know what less would do.
    if (isProven(this.held.record, project?.requiredEvidence ?? 'stream_stopped')) return this.proven(place);
    if (this.held.isTooLate()) return this.held.giveUp('deadline');
    if (project === undefined) return this.awaitConfiguration();

    const shared = place.notes.at(-1)?.attempt.outcome;
    if (shared !== undefined && IS_RETRIED.has(shared)) return this.held.retry();
    if (earlyByMs > EARLY_MS) return this.held.wait(this.waitedFor ?? 'backoff', earlyByMs);
    if (!place.isFirst) return this.held.wait(this.waitedFor === 'answer' ? 'answer' : 'call', LANE_WAIT_MS);
    const unconfirmedForMs = msUnconfirmed(
      this.held.record,
      clock.now(),
      this.parts.environment.CONFIRMATION_TIMEOUT_MS,
    );
    if (unconfirmedForMs !== null) return this.awaitEarlierProof(project, unconfirmedForMs);
    return this.seekAdmission(project);
  }

  /** The one that sent the document tells of the attempt as soon as it has come to an end itself. */
  private proven(place: Place): Promise<CancellationRecord> | CancellationRecord {
    const isToldOf = this.held.record.attempts.length > 0 || this.held.record.documentFetchedAt === null;
    return place.isFirst || isToldOf || this.held.isTooLate()
      ? this.succeed()
      : this.held.wait('call', LANE_WAIT_MS);
  }

  /** A process that has not read the projects file again may know a project later. */
  private awaitConfiguration(): Promise<never> {
    this.logger.warn('project not configured', { ...this.held.ids, project: this.held.job.data.project });
    return this.held.wait('configuration', CONFIGURATION_WAIT_MS);
  }

  /** The last attempt was accepted, and whoever sent it was cut short, or waited for less: its evidence may be on its way. */
  private async awaitEarlierProof(project: Project, forMs: number): Promise<CancellationRecord> {
    const { confirmation } = this.parts;
    const { requiredEvidence: required } = project;
    this.held.record = await confirmation.await(this.held.record, null, this.waitFor(required, forMs));
    if (isProven(this.held.record, required)) return this.succeed();
    this.held.record = withUnconfirmed(this.held.record, confirmation.missing(required));
    return this.held.retry();
  }

  private async seekAdmission(project: Project): Promise<CancellationRecord> {
    const { admission } = this.parts;
    const admitted = await admission.ask(project, this.held.job, this.held.record.attempts.length === 0);
    if ('waitingFor' in admitted)
      return this.held.wait(admitted.waitingFor, admitted.delayMs, admitted.expectedInMs);
    if (this.mustAsk) {
      const end = await this.unlessUnderWay(project);
      if (end !== null) return end;
    }
    return this.attempt(project, admitted.pass);
  }

  private async attempt(project: Project, pass: Passed): Promise<CancellationRecord> {
    const { admission, attempts, clock, confirmation, keeper } = this.parts;
    this.companions = await this.findCompanions(project);
    const { bin, record } = await confirmation.count(project, this.held.job.data, this.held.record);
    this.held.record = record;
    if (isProven(this.held.record, project.requiredEvidence)) return this.succeed();
    await this.held.save({ ...withoutPlan(this.held.record), sendingSince: clock.now() });
    // All of the above may have taken long.
    if (this.held.isTooLate()) return this.held.giveUp('deadline');

    const jobs = [...this.companions, this.held.job].toSorted((a, b) => a.data.createdAt - b.data.createdAt);
    const sent = await attempts.send(project, jobs, nextNumber(this.held.record));
    this.sent = sent.attempt;
    this.held.record = withAttempt(this.held.record, sent.attempt);
    if (await admission.learn(project, this.held.job.data.callSid, pass, sent)) void keeper.startWaiting();
    if (sent.refusal !== null) return this.afterRefusal(project, pass, sent.refusal);
    return this.afterAcceptance(project, bin, sent);
  }

  /** Only the document that we make of verbs can stop several streams. */
  private async findCompanions(project: Project): Promise<readonly CancellationJob[]> {
    const { clock, lanes } = this.parts;
    const { kind } = documentSourceOf(project, this.held.job.data);
    if (kind !== 'verbs' || this.place === null || this.place.others.length === 0) return [];
    return lanes.companions(this.held.job, this.place, clock.now());
  }

  private async afterAcceptance(
    project: Project,
    bin: Bin,
    { attempt }: SentAttempt,
  ): Promise<CancellationRecord> {
    this.logger.log('attempt accepted', {
      ...this.held.ids,
      number: attempt.number,
      durationMs: attempt.durationMs,
    });
    const acceptedAt = this.held.record.acceptedAt ?? attempt.startedAt + attempt.durationMs;
    await this.held.save({ ...this.held.record, acceptedAt });
    const { confirmation, environment } = this.parts;
    const required = confirmation.required(project, this.held.job.data, bin);
    if (!isProven(this.held.record, required)) {
      const wait = this.waitFor(required, environment.CONFIRMATION_TIMEOUT_MS);
      this.held.record = await confirmation.await(this.held.record, bin, wait);
    }
    if (isProven(this.held.record, required)) {
      this.report(attempt);
      return this.succeed();
    }
    this.held.record = withUnconfirmed(this.held.record, confirmation.missing(required));
    this.sent = this.held.record.attempts.at(-1) ?? null;
    this.report(this.sent);
    return this.held.retry();
  }

  private async afterRefusal(
    project: Project,
    pass: Passed,
    refusal: UpdateCallError,
  ): Promise<CancellationRecord> {
    const { admission, inbox } = this.parts;
    this.report(this.sent);
    await this.held.save(this.held.record);
    // A POST that timed out or was answered with garbage may have been applied all the same.
    this.held.record = withProof(this.held.record, await inbox.earlier(this.subject));
    if (isProven(this.held.record, project.requiredEvidence)) return this.succeed();

    if (refusal.callStateDecides) {
      const end = await this.unlessUnderWay(project);
      if (end !== null) return end;
    }
    const stopped = STOPS_PROJECT.get(refusal.code);
    const isFailedProbe = pass.kind === 'probe' && refusal.retryable;
    if (stopped !== undefined || isFailedProbe) {
      const admitted = await admission.ask(project, this.held.job, false);
      if ('waitingFor' in admitted)
        return this.held.wait(admitted.waitingFor, admitted.delayMs, admitted.expectedInMs);
    }
    if (stopped !== undefined) return this.held.wait(stopped, STOPPED_WAIT_MS);
    return refusal.retryable || refusal.callStateDecides
      ? this.held.retry(refusal.retryAfterMs)
      : this.held.giveUp('refused');
  }

  /** Comes to an end of this run where the call is over, unknown or not answered yet; null where it is under way. */
  private async unlessUnderWay(project: Project): Promise<CancellationRecord | null> {
    const state = await this.callState(project);
    if (state === 'ended') {
      await this.held.save({ ...this.held.record, callEnded: true });
      return this.succeed();
    }
    if (state === 'not_found') {
      this.held.record = withCallNotFound(this.held.record);
      return this.held.giveUp('refused');
    }
    if (state !== 'waiting') return null;
    return this.held.wait('answer', answerWaitMs(this.held.record, this.parts.clock.now()));
  }

  /** As SignalWire tells it now; `unknown` where it does not. */
  private async callState(project: Project): Promise<CallState | 'not_found'> {
    try {
      return await this.parts.signalwire.callState(project, this.held.job.data.callSid);
    } catch (error) {
      if (error instanceof CallNotFoundError) return 'not_found';
      if (error instanceof UpdateCallError) return 'unknown';
      throw error;
    }
  }

  private succeed(): CancellationRecord {
    return withoutPlan(this.held.record);
  }

  /** Leaves the call to the next one, and tells those whose streams this run's document was to stop as well. */
  private async leave(isFinished: boolean): Promise<void> {
    const { admission, clock, lanes } = this.parts;
    if (this.place === null || this.held.signal.aborted) return;
    if (this.sent !== null && this.companions.length > 0) {
      const note = { attempt: this.sent, callEnded: this.held.record.callEnded };
      await lanes.tell(this.companions, note, clock.now());
    }
    const isFresh = this.held.record.attempts.length === 0 && STAYS_FRESH.has(this.held.record.waitingFor);
    const others = await lanes.leave(this.held.job, this.held.token, this.place.notes.length, {
      isFinished,
      isRetry: !isFresh,
    });
    if (isFinished) await admission.forget(this.held.job, this.waitedFor);
    if (this.sent !== null) await lanes.wake(others);
  }

  private waitFor(required: RequiredEvidence, forMs: number): Wait {
    return { required, forMs, watch: this.watch, signal: this.held.signal };
  }

  private report(attempt: Attempt | null): void {
    if (attempt === null) return;
    const { message: reason, startedAt: _, ...fields } = attempt;
    this.parts.metrics.attempts.inc({ outcome: attempt.outcome });
    this.logger.log('attempt ended', { ...this.held.ids, ...fields, reason });
  }
}
