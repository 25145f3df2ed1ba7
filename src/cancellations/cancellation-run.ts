import { Logger } from '@nestjs/common';
import { DelayedError, UnrecoverableError } from 'bullmq';
import type { Subject } from '../evidence/evidence.js';
import type { EvidenceWatch } from '../evidence/evidence.inbox.js';
import type { Project, RequiredEvidence } from '../projects/project.js';
import { StreamNotFoundError } from '../signalwire/signalwire.errors.js';
import type { UpdateCallError } from '../signalwire/signalwire.errors.js';
import type { Passed } from './admission.js';
import type { SentAttempt } from './attempts.js';
import { byAge } from './call-lanes.js';
import type { Place } from './call-lanes.js';
import { callStateOf } from './call-state.js';
import type { Bin, Wait } from './confirmation.js';
import { LockLostError, RetryPlannedError, WaitPlannedError } from './cancellations.errors.js';
import { documentSourceOf } from './document-source.js';
import { closedRecordOf, nextNumber, recordOf, stoppedKeys, withAttempt } from './cancellations.queue.js';
import type { Attempt, CancellationJob, CancellationRecord, WaitingFor } from './cancellations.queue.js';
import type { HeldJob } from './held-job.js';
import {
  answerWaitMs,
  isProven,
  msUnconfirmed,
  withAcceptance,
  withCallNotFound,
  withNotes,
  withoutPlan,
  withProof,
  withUnconfirmed,
} from './record.js';
import type { RunParts } from './run-parts.js';
import { fallsBack, wayOf } from './strategy.js';
import type { AttemptStrategy } from './strategy.js';
import {
  CONFIGURATION_WAIT_MS,
  EARLY_MS,
  IS_RETRIED,
  IS_TIMED,
  LANE_WAIT_MS,
  STAYS_FRESH,
  STOPPED_WAIT_MS,
  STOPS_PROJECT,
} from './waits.js';

/** One start of a cancellation's job: at most one attempt, from the look for earlier evidence to its own. */
export class CancellationRun {
  private readonly logger = new Logger(CancellationRun.name);
  private subject: Subject;
  private watch: EvidenceWatch;
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
    const { sendingSince, waitingFor } = recordOf(job);
    this.waitedFor = waitingFor;
    this.mustAsk = sendingSince !== null || waitingFor === 'answer';
    this.subject = subjectOf(job, recordOf(job));
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
    const { clock, inbox, projects } = this.parts;
    const [place, proof] = await Promise.all([this.enter(), inbox.earlier(this.subject)]);
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

  /** In its call's lane, or outside of it where its stream is stopped by its SID. */
  private async enter(): Promise<Place> {
    const { job, token, record } = this.held;
    this.place = await this.parts.lanes.enter(job, token, this.parts.clock.now(), wayOf(job.data, record));
    const { streamSid } = this.place;
    if (streamSid !== null) this.held.record = { ...this.held.record, streamSid };
    return this.place;
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
    const { strategy } = this.held.record.attempts.at(-1) ?? {};
    this.held.record = withUnconfirmed(this.held.record, confirmation.missing(required, strategy));
    return this.held.retry();
  }

  private async seekAdmission(project: Project): Promise<CancellationRecord> {
    const { admission } = this.parts;
    const admitted = await admission.ask(project, this.held.job, this.held.record.attempts.length === 0);
    if ('waitingFor' in admitted)
      return this.held.wait(admitted.waitingFor, admitted.delayMs, admitted.expectedInMs);
    if (this.mustAsk) {
      const end = await this.unlessUnderWay(project);
      if (typeof end === 'object') return end;
    }
    const streamSid = this.place?.streamSid ?? null;
    return streamSid === null
      ? this.update(project, admitted.pass)
      : this.stopBySid(project, admitted.pass, streamSid);
  }

  private async update(project: Project, pass: Passed): Promise<CancellationRecord> {
    const { attempts, confirmation } = this.parts;
    this.companions = await this.findCompanions(project);
    const { bin, record } = await confirmation.count(project, this.held.job.data, this.held.record);
    this.held.record = record;
    if (isProven(this.held.record, project.requiredEvidence)) return this.succeed();
    const jobs = [...this.companions, this.held.job].toSorted(byAge);
    const sent = await this.send(project, pass, 'update_call', (number) =>
      attempts.send(project, jobs, number),
    );
    if (sent.refusal !== null) return this.afterRefusal(project, pass, sent.refusal);
    return this.afterAcceptance(sent, confirmation.required(project, this.held.job.data, bin), bin);
  }

  private async stopBySid(project: Project, pass: Passed, streamSid: string): Promise<CancellationRecord> {
    const { attempts } = this.parts;
    const sent = await this.send(project, pass, 'stream_resource', (number) =>
      attempts.stop(project, this.held.job, streamSid, number),
    );
    if (sent.refusal !== null) return this.afterRefusal(project, pass, sent.refusal);
    return this.afterAcceptance(sent, project.requiredEvidence, null);
  }

  private async send(
    project: Project,
    pass: Passed,
    sendingBy: AttemptStrategy,
    post: (number: number) => Promise<SentAttempt>,
  ): Promise<SentAttempt> {
    const { admission, clock, keeper } = this.parts;
    await this.held.save({ ...withoutPlan(this.held.record), sendingSince: clock.now(), sendingBy });
    // All of the above may have taken long.
    if (this.held.isTooLate()) return this.held.giveUp('deadline');

    const sent = await post(nextNumber(this.held.record));
    this.sent = sent.attempt;
    this.held.record = withAttempt(this.held.record, sent.attempt);
    if (await admission.learn(project, this.held.job.data.callSid, pass, sent)) void keeper.startWaiting();
    return sent;
  }

  /** Only the document that we make of verbs can stop several streams. */
  private async findCompanions(project: Project): Promise<readonly CancellationJob[]> {
    const { clock, lanes } = this.parts;
    const { kind } = documentSourceOf(project, this.held.job.data);
    if (kind !== 'verbs' || this.place === null) return [];
    return lanes.companions(this.held.job, this.place, clock.now());
  }

  private async afterAcceptance(
    { attempt, saidStopped }: SentAttempt,
    required: RequiredEvidence,
    bin: Bin,
  ): Promise<CancellationRecord> {
    this.logger.log('attempt accepted', {
      ...this.held.ids,
      number: attempt.number,
      durationMs: attempt.durationMs,
    });
    await this.held.save(withAcceptance(this.held.record, attempt, saidStopped));
    const { confirmation, environment } = this.parts;
    if (!isProven(this.held.record, required)) {
      const wait = this.waitFor(required, environment.CONFIRMATION_TIMEOUT_MS);
      this.held.record = await confirmation.await(this.held.record, bin, wait);
    }
    if (isProven(this.held.record, required)) {
      this.report(attempt);
      return this.succeed();
    }
    this.held.record = withUnconfirmed(this.held.record, confirmation.missing(required, attempt.strategy));
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

    const isStreamUnknown = refusal instanceof StreamNotFoundError;
    if (isStreamUnknown && fallsBack(this.held.job.data)) return this.fallBack(project);
    if (refusal.callStateDecides) {
      const end = await this.unlessUnderWay(project);
      if (typeof end === 'object') return end;
      if (isStreamUnknown && end === 'in-progress') return this.held.giveUp('refused');
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

  /** By its name, as if its SID had never been known; the record says so, for a worker that carries on from here. */
  private async fallBack(project: Project): Promise<CancellationRecord> {
    await this.held.save({ ...this.held.record, sidNotFound: true });
    this.watch.close();
    this.subject = subjectOf(this.held.job, this.held.record);
    this.watch = this.parts.inbox.watch(this.subject);
    const { isFirst, notes } = await this.enter();
    this.held.record = withNotes(this.held.record, notes);
    if (isProven(this.held.record, project.requiredEvidence)) return this.succeed();
    if (this.held.isTooLate()) return this.held.giveUp('deadline');
    return isFirst ? this.seekAdmission(project) : this.held.wait('call', LANE_WAIT_MS);
  }

  /** Comes to an end of this run where the call is over, unknown or not answered yet. */
  private async unlessUnderWay(project: Project): Promise<CancellationRecord | 'in-progress' | 'unknown'> {
    const state = await callStateOf(this.parts.signalwire, project, this.held.job.data.callSid);
    if (state === 'ended') {
      await this.held.save({ ...this.held.record, callEnded: true });
      return this.succeed();
    }
    if (state === 'not_found') {
      this.held.record = withCallNotFound(this.held.record);
      return this.held.giveUp('refused');
    }
    if (state !== 'waiting') return state;
    return this.held.wait('answer', answerWaitMs(this.held.record, this.parts.clock.now()));
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
    if (this.sent !== null && this.place.streamSid === null) await lanes.wake(others);
  }

  private waitFor(required: RequiredEvidence, forMs: number): Wait {
    return { required, forMs, watch: this.watch, signal: this.held.signal };
  }

  private report(attempt: Attempt | null): void {
    if (attempt === null) return;
    const { message: reason, startedAt: _, ...fields } = attempt;
    this.parts.metrics.attempts.inc({
      outcome: attempt.outcome,
      strategy: attempt.strategy ?? 'update_call',
    });
    this.logger.log('attempt ended', { ...this.held.ids, ...fields, reason });
  }
}

const subjectOf = (job: CancellationJob, record: CancellationRecord): Subject => ({
  cancellationId: String(job.id),
  streamKeys: stoppedKeys(job.data, record),
  createdAt: job.data.createdAt,
});
