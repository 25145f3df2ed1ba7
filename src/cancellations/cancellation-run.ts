import { Injectable, Logger } from '@nestjs/common';
import { DelayedError, UnrecoverableError } from 'bullmq';
import { ServiceEnvironment } from '../config/service.environment.js';
import { BinFetches } from '../evidence/bin-fetches.js';
import type { BinWatch } from '../evidence/bin-fetches.js';
import type { Subject } from '../evidence/evidence.js';
import { EvidenceInbox } from '../evidence/evidence.inbox.js';
import type { EvidenceWatch } from '../evidence/evidence.inbox.js';
import { Metrics } from '../monitoring/metrics.js';
import type { Project } from '../projects/project.js';
import { Projects } from '../projects/projects.js';
import { SharedClock } from '../redis/shared-clock.js';
import type { CallState } from '../signalwire/answer.js';
import { SignalWireClient } from '../signalwire/signalwire.client.js';
import { CallNotFoundError, UpdateCallError } from '../signalwire/signalwire.errors.js';
import { Admission } from './admission.js';
import type { Passed } from './admission.js';
import { Attempts } from './attempts.js';
import type { SentAttempt } from './attempts.js';
import { CallLanes } from './call-lanes.js';
import type { Place } from './call-lanes.js';
import { RetryPlannedError } from './cancellations.errors.js';
import { CancellationsKeeper } from './cancellations.keeper.js';
import { closedRecordOf, nextNumber, streamKey, withAttempt } from './cancellations.queue.js';
import type {
  Attempt,
  CancellationJob,
  CancellationRecord,
  GiveUpReason,
  WaitingFor,
} from './cancellations.queue.js';
import { isProven, withCallNotFound, withNotes, withoutPlan, withProof } from './record.js';
import { lastTryMs, planRetry } from './retry-policy.js';

/** How soon a cancellation looks again whether its call's other update is over; it is also told. */
const LANE_WAIT_MS = 500;

/** How soon a call that was not answered yet is looked at again. */
const ANSWER_WAIT_MS = 500;

const CONFIGURATION_WAIT_MS = 5000;

/** A job that starts so much before its time was started by a machine whose clock is wrong. */
const EARLY_MS = 250;

/** Outcomes with which the project, not the cancellation, has to wait. */
const PROJECT_WAITS: ReadonlySet<Attempt['outcome']> = new Set(['rate_limited', 'unauthorized']);

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

/** What the runs of a worker have in common. */
@Injectable()
export class RunParts {
  constructor(
    readonly environment: ServiceEnvironment,
    readonly projects: Projects,
    readonly clock: SharedClock,
    readonly lanes: CallLanes,
    readonly admission: Admission,
    readonly keeper: CancellationsKeeper,
    readonly attempts: Attempts,
    readonly signalwire: SignalWireClient,
    readonly inbox: EvidenceInbox,
    readonly bins: BinFetches,
    readonly metrics: Metrics,
  ) {}
}

/** One start of a cancellation's job: at most one attempt, from the look for earlier evidence to its own. */
export class CancellationRun {
  private readonly logger = new Logger(CancellationRun.name);
  private readonly subject: Subject;
  private readonly watch: EvidenceWatch;
  private record: CancellationRecord;
  private place: Place | null = null;
  private companions: readonly CancellationJob[] = [];
  private sent: Attempt | null = null;

  /** @param signal aborted once the job is no longer this worker's: from then on another one writes its record */
  constructor(
    private readonly parts: RunParts,
    private readonly job: CancellationJob,
    private readonly token: string,
    private readonly signal: AbortSignal,
  ) {
    const { callSid, streamName, project, createdAt } = job.data;
    this.record = closedRecordOf(job);
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
    let isFinished = true;
    try {
      return await this.unbroken();
    } catch (error) {
      isFinished = error instanceof UnrecoverableError;
      throw error;
    } finally {
      this.watch.close();
      await this.leave(isFinished);
    }
  }

  /** A fault of our own, such as Redis lost in the middle of an attempt, is tried again like one of SignalWire's. */
  private async unbroken(): Promise<CancellationRecord> {
    try {
      return await this.begin();
    } catch (error) {
      const isPlanned =
        error instanceof RetryPlannedError ||
        error instanceof DelayedError ||
        error instanceof UnrecoverableError;
      if (isPlanned || this.signal.aborted) throw error;
      this.logger.error('attempt broke off', { ...this.ids(), error: String(error) });
      this.record = closedRecordOf(this.job);
      return this.retry();
    }
  }

  private async begin(): Promise<CancellationRecord> {
    const { admission, clock, inbox, lanes, projects } = this.parts;
    const [place, proof] = await Promise.all([
      lanes.enter(this.job, this.token, clock.now()),
      inbox.earlier(this.subject),
    ]);
    this.place = place;
    const early = this.record.waitingFor === 'backoff' ? (this.record.nextAttemptAt ?? 0) - clock.now() : 0;
    this.record = withProof(withNotes(this.record, place.notes), proof);

    const project = projects.get(this.job.data.project);
    if (isProven(this.record, project?.requiredEvidence ?? 'document_fetched')) return this.succeed();
    if (clock.now() >= this.job.data.deadline) return this.giveUp('deadline');
    if (project === undefined) return this.awaitConfiguration();

    const shared = place.notes.at(-1)?.attempt.outcome;
    if (shared !== undefined && IS_RETRIED.has(shared)) return this.retry();
    if (early > EARLY_MS) return this.wait('backoff', early);
    if (!place.isFirst) return this.wait('call', LANE_WAIT_MS);
    if (this.record.waitingFor === 'answer') {
      const end = await this.unlessUnderWay(project);
      if (end !== null) return end;
    }
    const admitted = await admission.ask(project, this.job, this.record.attempts.length === 0);
    if ('waitingFor' in admitted) return this.wait(admitted.waitingFor, admitted.delayMs);
    return this.attempt(project, admitted.pass);
  }

  /** A process that has not read the projects file again may know a project later. */
  private awaitConfiguration(): Promise<never> {
    this.logger.warn('project not configured', { ...this.ids(), project: this.job.data.project });
    return this.wait('configuration', CONFIGURATION_WAIT_MS);
  }

  private async attempt(project: Project, pass: Passed): Promise<CancellationRecord> {
    const { admission, attempts, bins, clock, keeper } = this.parts;
    this.companions = await this.findCompanions(project);
    const bin = await bins.watch(project);
    const jobs = [...this.companions, this.job].toSorted((a, b) => a.data.createdAt - b.data.createdAt);
    const [sent] = await Promise.all([
      attempts.send(project, jobs, nextNumber(this.record)),
      this.save({ ...withoutPlan(this.record), sendingSince: clock.now() }),
    ]);
    this.sent = sent.attempt;
    this.record = withAttempt(this.record, sent.attempt);
    if (await admission.learn(project, this.job.data.callSid, pass, sent)) void keeper.startWaiting();
    if (sent.refusal !== null) return this.afterRefusal(project, pass, sent.refusal);
    return this.afterAcceptance(project, bin, sent);
  }

  /** Only our own document can stop several streams. */
  private async findCompanions(project: Project): Promise<readonly CancellationJob[]> {
    const { clock, lanes } = this.parts;
    const isAlone = project.documentUrl !== null || this.place === null || this.place.others.length === 0;
    return isAlone || this.place === null ? [] : lanes.companions(this.place, clock.now());
  }

  private async afterAcceptance(
    project: Project,
    bin: BinWatch | null,
    { attempt }: SentAttempt,
  ): Promise<CancellationRecord> {
    this.logger.log('attempt accepted', {
      ...this.ids(),
      number: attempt.number,
      durationMs: attempt.durationMs,
    });
    const acceptedAt = this.record.acceptedAt ?? attempt.startedAt + attempt.durationMs;
    this.record = { ...this.record, acceptedAt };
    // Nobody tells when a foreign document was fetched.
    const isUncounted =
      project.documentUrl !== null && project.requiredEvidence === 'document_fetched' && bin === null;
    const required = isUncounted ? 'accepted' : project.requiredEvidence;
    if (!isProven(this.record, required)) {
      await this.save(this.record);
      await this.awaitProof(project, required === 'document_fetched' ? bin : null);
    }
    if (isProven(this.record, required)) {
      this.report(attempt);
      return this.succeed();
    }
    this.sent = this.notConfirmed(attempt, project);
    this.record = { ...this.record, attempts: [...this.record.attempts.slice(0, -1), this.sent] };
    this.report(this.sent);
    return this.retry();
  }

  private async awaitProof({ requiredEvidence }: Project, bin: BinWatch | null): Promise<void> {
    const { CONFIRMATION_TIMEOUT_MS } = this.parts.environment;
    const end = new AbortController();
    const signal = AbortSignal.any([this.signal, end.signal]);
    const proofs = [
      this.watch.until(
        (proof) => isProven(withProof(this.record, proof), requiredEvidence),
        CONFIRMATION_TIMEOUT_MS,
        this.signal,
      ),
    ];
    if (bin !== null) {
      const counted = bin.fetchedAgain(CONFIRMATION_TIMEOUT_MS, signal);
      proofs.push(counted.then((documentFetchedAt) => ({ documentFetchedAt, streamStoppedAt: null })));
    }
    try {
      this.record = withProof(this.record, await Promise.race(proofs));
    } finally {
      end.abort();
    }
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
    const isProbe = pass.kind === 'probe' && refusal.retryable;
    if (isProbe || PROJECT_WAITS.has(refusal.code)) {
      const admitted = await admission.ask(project, this.job, false);
      if ('waitingFor' in admitted) return this.wait(admitted.waitingFor, admitted.delayMs);
    }
    return refusal.retryable || refusal.callStateDecides
      ? this.retry(refusal.retryAfterMs)
      : this.giveUp('refused');
  }

  /** Comes to an end of this run where the call is over, unknown or not answered yet; null where it is under way. */
  private async unlessUnderWay(project: Project): Promise<CancellationRecord | null> {
    const state = await this.callState(project);
    if (state === 'ended') {
      this.record = { ...this.record, callEnded: true };
      return this.succeed();
    }
    if (state === 'not_found') {
      this.record = withCallNotFound(this.record);
      return this.giveUp('refused');
    }
    return state === 'waiting' ? this.wait('answer', ANSWER_WAIT_MS) : null;
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

  /** Has the job start again later without using up an attempt. */
  private async wait(waitingFor: WaitingFor, delayMs: number): Promise<never> {
    const now = this.parts.clock.now();
    const untilDeadlineMs = Math.max(0, this.job.data.deadline - now);
    const rest = Math.min(Math.max(0, Math.ceil(delayMs)), untilDeadlineMs);
    await this.save({ ...this.record, nextAttemptAt: now + rest, waitingFor });
    // By this machine's own clock, since it is the one that BullMQ goes by.
    await this.job.moveToDelayed(Date.now() + rest, this.token);
    throw new DelayedError();
  }

  private async giveUp(reason: GiveUpReason): Promise<never> {
    await this.save({ ...this.record, nextAttemptAt: null, givenUp: reason });
    // BullMQ's word for a failure that is not to be tried again.
    throw new UnrecoverableError(`given up: ${reason}`);
  }

  private async save(record: CancellationRecord): Promise<void> {
    this.signal.throwIfAborted();
    this.record = record;
    await this.job.updateProgress(record);
  }

  /** Leaves the call to the next one, and tells those whose streams this run's document was to stop as well. */
  private async leave(isFinished: boolean): Promise<void> {
    const { clock, lanes } = this.parts;
    if (this.place === null || this.signal.aborted) return;
    if (this.sent !== null && this.companions.length > 0) {
      const note = { attempt: this.sent, callEnded: this.record.callEnded };
      await lanes.tell(this.companions, note, clock.now());
    }
    const isFresh = this.record.attempts.length === 0 && STAYS_FRESH.has(this.record.waitingFor);
    const others = await lanes.leave(this.job, this.token, this.place.notes.length, {
      isFinished,
      isRetry: !isFresh,
    });
    if (this.sent !== null) await lanes.wake(others);
  }

  private notConfirmed(attempt: Attempt, { requiredEvidence }: Project): Attempt {
    const { CONFIRMATION_TIMEOUT_MS: waited } = this.parts.environment;
    const missing =
      requiredEvidence === 'stream_stopped'
        ? 'no status callback said that the stream had stopped'
        : 'the stop document was not fetched';
    const message = `SignalWire accepted the update, but ${missing} within ${waited} ms`;
    return { ...attempt, outcome: 'not_confirmed', message };
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
