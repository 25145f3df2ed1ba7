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
import { closedRecordOf, nextNumber, recordOf, streamKey, withAttempt } from './cancellations.queue.js';
import type {
  Attempt,
  CancellationJob,
  CancellationRecord,
  GiveUpReason,
  WaitingFor,
} from './cancellations.queue.js';
import { RunLock } from './job-lock.js';
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
import { lastTryMs, planRetry } from './retry-policy.js';
import type { RunParts } from './run-parts.js';

/** How soon a cancellation looks again whether its call's other update is over; it is also told. */
const LANE_WAIT_MS = 500;

const CONFIGURATION_WAIT_MS = 5000;

/** For a project that has just stopped and begun to work again. */
const STOPPED_WAIT_MS = 1000;

/** A job that starts so much before its time was started by a machine whose clock is wrong. */
const EARLY_MS = 250;

/** Longer than BullMQ takes to forget a run whose job waits: until then it would take the next one for the same. */
const SHORTEST_WAIT_MS = 50;

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
  private readonly lock: RunLock;
  /** What the job waited for until it started. */
  private readonly waitedFor: WaitingFor | null;
  /** Whether only the call's own state can tell what to do. */
  private readonly mustAsk: boolean;
  private record: CancellationRecord;
  private place: Place | null = null;
  private companions: readonly CancellationJob[] = [];
  private sent: Attempt | null = null;

  /** @param signal aborted once the job is no longer this worker's: from then on another one writes its record */
  constructor(
    private readonly parts: RunParts,
    private readonly job: CancellationJob,
    private readonly token: string,
    signal: AbortSignal | undefined,
  ) {
    const { callSid, streamName, project, createdAt } = job.data;
    const { sendingSince, waitingFor } = recordOf(job);
    this.record = closedRecordOf(job);
    this.waitedFor = waitingFor;
    this.mustAsk = sendingSince !== null || waitingFor === 'answer';
    this.subject = {
      cancellationId: String(job.id),
      streamKey: streamKey({ project, callSid, streamName }),
      createdAt,
    };
    this.watch = parts.inbox.watch(this.subject);
    this.lock = new RunLock(job, token, signal);
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
      await this.job.moveToDelayed(Date.now() + error.delayMs, this.token);
      throw new DelayedError();
    } finally {
      this.lock.release();
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
      if (isPlanned || this.lock.signal.aborted) throw error;
      this.logger.error('attempt broke off', { ...this.ids(), error: String(error) });
      if (this.sent === null) this.record = closedRecordOf(this.job);
      return this.retry();
    }
  }

  private async begin(): Promise<CancellationRecord> {
    const { clock, inbox, lanes, projects } = this.parts;
    const [place, proof] = await Promise.all([
      lanes.enter(this.job, this.token, clock.now()),
      inbox.earlier(this.subject),
    ]);
    this.place = place;
    const earlyByMs = IS_TIMED.has(this.waitedFor) ? (this.record.nextAttemptAt ?? 0) - clock.now() : 0;
    this.record = withProof(withNotes(this.record, place.notes), proof);

    const project = projects.get(this.job.data.project);
    // Until this process knows the project, it does not know what less would do.
    if (isProven(this.record, project?.requiredEvidence ?? 'stream_stopped')) return this.proven(place);
    if (this.isTooLate()) return this.giveUp('deadline');
    if (project === undefined) return this.awaitConfiguration();

    const shared = place.notes.at(-1)?.attempt.outcome;
    if (shared !== undefined && IS_RETRIED.has(shared)) return this.retry();
    if (earlyByMs > EARLY_MS) return this.wait(this.waitedFor ?? 'backoff', earlyByMs);
    if (!place.isFirst) return this.wait(this.waitedFor === 'answer' ? 'answer' : 'call', LANE_WAIT_MS);
    const unconfirmedForMs = msUnconfirmed(
      this.record,
      clock.now(),
      this.parts.environment.CONFIRMATION_TIMEOUT_MS,
    );
    if (unconfirmedForMs !== null) return this.awaitEarlierProof(project, unconfirmedForMs);
    return this.seekAdmission(project);
  }

  /** The one that sent the document tells of the attempt as soon as it has come to an end itself. */
  private proven(place: Place): Promise<CancellationRecord> | CancellationRecord {
    const isToldOf = this.record.attempts.length > 0 || this.record.documentFetchedAt === null;
    return place.isFirst || isToldOf || this.isTooLate() ? this.succeed() : this.wait('call', LANE_WAIT_MS);
  }

  /** A process that has not read the projects file again may know a project later. */
  private awaitConfiguration(): Promise<never> {
    this.logger.warn('project not configured', { ...this.ids(), project: this.job.data.project });
    return this.wait('configuration', CONFIGURATION_WAIT_MS);
  }

  /** The last attempt was accepted, and whoever sent it was cut short, or waited for less: its evidence may be on its way. */
  private async awaitEarlierProof(project: Project, forMs: number): Promise<CancellationRecord> {
    const { confirmation } = this.parts;
    const { requiredEvidence: required } = project;
    this.record = await confirmation.await(this.record, null, this.waitFor(required, forMs));
    if (isProven(this.record, required)) return this.succeed();
    this.record = withUnconfirmed(this.record, confirmation.missing(required));
    return this.retry();
  }

  private async seekAdmission(project: Project): Promise<CancellationRecord> {
    const { admission } = this.parts;
    const admitted = await admission.ask(project, this.job, this.record.attempts.length === 0);
    if ('waitingFor' in admitted) return this.wait(admitted.waitingFor, admitted.delayMs);
    if (this.mustAsk) {
      const end = await this.unlessUnderWay(project);
      if (end !== null) return end;
    }
    return this.attempt(project, admitted.pass);
  }

  private async attempt(project: Project, pass: Passed): Promise<CancellationRecord> {
    const { admission, attempts, clock, confirmation, keeper } = this.parts;
    this.companions = await this.findCompanions(project);
    const { bin, record } = await confirmation.count(project, this.record);
    this.record = record;
    if (isProven(this.record, project.requiredEvidence)) return this.succeed();
    await this.save({ ...withoutPlan(this.record), sendingSince: clock.now() });
    // All of the above may have taken long.
    if (this.isTooLate()) return this.giveUp('deadline');

    const jobs = [...this.companions, this.job].toSorted((a, b) => a.data.createdAt - b.data.createdAt);
    const sent = await attempts.send(project, jobs, nextNumber(this.record));
    this.sent = sent.attempt;
    this.record = withAttempt(this.record, sent.attempt);
    if (await admission.learn(project, this.job.data.callSid, pass, sent)) void keeper.startWaiting();
    if (sent.refusal !== null) return this.afterRefusal(project, pass, sent.refusal);
    return this.afterAcceptance(project, bin, sent);
  }

  /** Only our own document can stop several streams. */
  private async findCompanions(project: Project): Promise<readonly CancellationJob[]> {
    const { clock, lanes } = this.parts;
    if (project.documentUrl !== null || this.place === null || this.place.others.length === 0) return [];
    return lanes.companions(this.job, this.place, clock.now());
  }

  private async afterAcceptance(
    project: Project,
    bin: Bin,
    { attempt }: SentAttempt,
  ): Promise<CancellationRecord> {
    this.logger.log('attempt accepted', {
      ...this.ids(),
      number: attempt.number,
      durationMs: attempt.durationMs,
    });
    const acceptedAt = this.record.acceptedAt ?? attempt.startedAt + attempt.durationMs;
    await this.save({ ...this.record, acceptedAt });
    const { confirmation, environment } = this.parts;
    const required = confirmation.required(project, bin);
    if (!isProven(this.record, required)) {
      const wait = this.waitFor(required, environment.CONFIRMATION_TIMEOUT_MS);
      this.record = await confirmation.await(this.record, bin, wait);
    }
    if (isProven(this.record, required)) {
      this.report(attempt);
      return this.succeed();
    }
    this.record = withUnconfirmed(this.record, confirmation.missing(required));
    this.sent = this.record.attempts.at(-1) ?? null;
    this.report(this.sent);
    return this.retry();
  }

  private async afterRefusal(
    project: Project,
    pass: Passed,
    refusal: UpdateCallError,
  ): Promise<CancellationRecord> {
    const { admission, inbox } = this.parts;
    this.report(this.sent);
    await this.save(this.record);
    // A POST that timed out or was answered with garbage may have been applied all the same.
    this.record = withProof(this.record, await inbox.earlier(this.subject));
    if (isProven(this.record, project.requiredEvidence)) return this.succeed();

    if (refusal.callStateDecides) {
      const end = await this.unlessUnderWay(project);
      if (end !== null) return end;
    }
    const stopped = STOPS_PROJECT.get(refusal.code);
    const isFailedProbe = pass.kind === 'probe' && refusal.retryable;
    if (stopped !== undefined || isFailedProbe) {
      const admitted = await admission.ask(project, this.job, false);
      if ('waitingFor' in admitted) return this.wait(admitted.waitingFor, admitted.delayMs);
    }
    if (stopped !== undefined) return this.wait(stopped, STOPPED_WAIT_MS);
    return refusal.retryable || refusal.callStateDecides
      ? this.retry(refusal.retryAfterMs)
      : this.giveUp('refused');
  }

  /** Comes to an end of this run where the call is over, unknown or not answered yet; null where it is under way. */
  private async unlessUnderWay(project: Project): Promise<CancellationRecord | null> {
    const state = await this.callState(project);
    if (state === 'ended') {
      await this.save({ ...this.record, callEnded: true });
      return this.succeed();
    }
    if (state === 'not_found') {
      this.record = withCallNotFound(this.record);
      return this.giveUp('refused');
    }
    if (state !== 'waiting') return null;
    return this.wait('answer', answerWaitMs(this.record, this.parts.clock.now()));
  }

  /** As SignalWire tells it now; `unknown` where it does not. */
  private async callState(project: Project): Promise<CallState | 'not_found'> {
    try {
      return await this.parts.signalwire.callState(project, this.job.data.callSid);
    } catch (error) {
      if (error instanceof CallNotFoundError) return 'not_found';
      if (error instanceof UpdateCallError) return 'unknown';
      throw error;
    }
  }

  private succeed(): CancellationRecord {
    return withoutPlan(this.record);
  }

  /** Lets BullMQ try again after the planned delay, or gives up where no attempt or no time is left. */
  private async retry(retryAfterMs: number | null = null): Promise<never> {
    const { clock, environment } = this.parts;
    const { createdAt, deadline } = this.job.data;
    const plan = planRetry(
      this.job.attemptsMade + 1,
      {
        untilDeadlineMs: deadline - clock.now(),
        lastTryMs: lastTryMs(deadline - createdAt),
        retryAfterMs,
      },
      {
        maxAttempts: this.job.opts.attempts ?? environment.MAX_ATTEMPTS,
        backoffBaseMs: environment.BACKOFF_BASE_MS,
        backoffCapMs: environment.BACKOFF_CAP_MS,
      },
    );
    if ('giveUp' in plan) return this.giveUp(plan.giveUp);

    const nextAttemptAt = clock.now() + plan.delayMs;
    await this.save({ ...this.record, nextAttemptAt, waitingFor: 'backoff' });
    this.logger.log('cancellation retrying', {
      ...this.ids(),
      outcome: this.record.attempts.at(-1)?.outcome,
      nextAttemptAt: new Date(nextAttemptAt).toISOString(),
    });
    throw new RetryPlannedError(`attempt ${this.record.attempts.length} failed`, plan.delayMs);
  }

  /** Has the job start again later without using up an attempt, at its deadline at the latest. */
  private async wait(waitingFor: WaitingFor, delayMs: number): Promise<never> {
    const now = this.parts.clock.now();
    const rest = Math.min(Math.ceil(delayMs), this.job.data.deadline - now);
    const waitMs = Math.max(SHORTEST_WAIT_MS, rest);
    await this.save({ ...this.record, nextAttemptAt: now + waitMs, waitingFor });
    throw new WaitPlannedError(waitingFor, waitMs);
  }

  private async giveUp(reason: GiveUpReason): Promise<never> {
    await this.save({ ...this.record, sendingSince: null, nextAttemptAt: null, givenUp: reason });
    // BullMQ's word for a failure that is not to be tried again.
    throw new UnrecoverableError(`given up: ${reason}`);
  }

  private async save(record: CancellationRecord): Promise<void> {
    this.lock.signal.throwIfAborted();
    await this.parts.records.save(this.job, this.token, record);
    this.record = record;
  }

  /** Leaves the call to the next one, and tells those whose streams this run's document was to stop as well. */
  private async leave(isFinished: boolean): Promise<void> {
    const { admission, clock, lanes } = this.parts;
    if (this.place === null || this.lock.signal.aborted) return;
    if (this.sent !== null && this.companions.length > 0) {
      const note = { attempt: this.sent, callEnded: this.record.callEnded };
      await lanes.tell(this.companions, note, clock.now());
    }
    const isFresh = this.record.attempts.length === 0 && STAYS_FRESH.has(this.record.waitingFor);
    const others = await lanes.leave(this.job, this.token, this.place.notes.length, {
      isFinished,
      isRetry: !isFresh,
    });
    if (isFinished) await admission.forget(this.job, this.waitedFor);
    if (this.sent !== null) await lanes.wake(others);
  }

  private waitFor(required: RequiredEvidence, forMs: number): Wait {
    return { required, forMs, watch: this.watch, signal: this.lock.signal };
  }

  private isTooLate(): boolean {
    return this.parts.clock.now() >= this.job.data.deadline;
  }

  private report(attempt: Attempt | null): void {
    if (attempt === null) return;
    const { message: reason, startedAt: _, ...fields } = attempt;
    this.parts.metrics.attempts.inc({ outcome: attempt.outcome });
    this.logger.log('attempt ended', { ...this.ids(), ...fields, reason });
  }

  private ids() {
    return { cancellationId: this.job.id, callSid: this.job.data.callSid };
  }
}
