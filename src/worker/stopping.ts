import type { Project } from '../projects/project.js';
import type { RequiredEvidence } from '../cancellation/required-evidence.js';
import type { UpdateCallError } from '../signalwire/signalwire.errors.js';
import type { Admitted, Passed } from '../gate/admission.js';
import type { CancellationRecord, WaitingFor } from '../cancellation/record.js';
import type { Bin } from './confirmation.js';
import type { HeldJob } from './held-job.js';
import { isProvenFor, requiredOf, withoutPlan, withProof } from '../cancellation/record-updates.js';
import { afterRefusal } from './refused-attempt.js';
import type { RunAttempts } from './run-attempts.js';
import type { RunEvidence } from './run-evidence.js';
import type { RunLane } from './run-lane.js';
import type { RunParts } from './run-parts.js';
import { underWay } from './under-way.js';
import { laneWaitMs, SIBLINGS_WAIT_MS, SOON_MS } from './waits.js';

/** What a start of a cancellation's job has of its own. */
export interface OfRun {
  readonly evidence: RunEvidence;
  readonly lane: RunLane;
  readonly attempts: RunAttempts;
  /** Whether only the call's own state can tell what to do. */
  readonly mustAsk: boolean;
  /** What the job waited for until it started. */
  readonly waitedFor: WaitingFor | null;
}

/**
 * Stops the stream, and sees that it has stopped: by one attempt, or by one with the stream's SID and, where SignalWire does
 * not know that, one with its name.
 */
export class Stopping {
  private readonly lane: RunLane;
  private readonly attempts: RunAttempts;

  constructor(
    private readonly parts: RunParts,
    private readonly held: HeldJob,
    private readonly run: OfRun,
  ) {
    this.lane = run.lane;
    this.attempts = run.attempts;
  }

  /**
   * @param given the leave to send, where that was asked for before
   * @returns the record of a cancellation that has succeeded
   * @throws as `CancellationRun.carry`
   */
  async attempt(project: Project, given: Admitted | null): Promise<CancellationRecord> {
    const { admission } = this.parts;
    const { job, record } = this.held;
    const isFresh = record.attempts.length === 0;
    const admitted = given ?? (await admission.ask(project, job, isFresh, this.run.waitedFor));
    if ('waitingFor' in admitted)
      return this.held.wait(admitted.waitingFor, admitted.delayMs, admitted.expectedInMs);
    if (this.run.mustAsk) {
      const end = await underWay(this.parts, this.held, project);
      if (typeof end === 'object') return end;
    }
    return this.lane.streamSid === null
      ? this.update(project, admitted.pass)
      : this.stopBySid(project, admitted.pass, this.lane.streamSid);
  }

  private async update(project: Project, pass: Passed): Promise<CancellationRecord> {
    const jobs = await this.lane.board(project);
    const { bin, record } = await this.parts.confirmation.count(
      project,
      this.held.job.data,
      this.held.record,
    );
    this.held.record = record;
    if (this.isProven(project)) return this.succeed();
    const sent = await this.attempts.send(project, pass, 'update_call', (number) =>
      this.parts.attempts.send(project, jobs, number),
    );
    if (sent.refusal !== null) return this.afterRefusal(project, pass, sent.refusal);
    this.attempts.accept(sent);
    return this.awaitProof(project, bin);
  }

  private async stopBySid(project: Project, pass: Passed, streamSid: string): Promise<CancellationRecord> {
    this.held.record = { ...this.held.record, isUncounted: false };
    const sent = await this.attempts.send(project, pass, 'stream_resource', (number) =>
      this.parts.attempts.stop(project, this.held.job, streamSid, number),
    );
    if (sent.refusal !== null) return this.afterRefusal(project, pass, sent.refusal);
    this.attempts.accept(sent);
    return this.awaitProof(project, null);
  }

  /** The last attempt was accepted, in this run or in one that was cut short or sent it for others too. */
  async awaitProof(
    project: Project,
    bin: Bin,
    forMs = this.parts.environment.CONFIRMATION_TIMEOUT_MS,
  ): Promise<CancellationRecord> {
    const { confirmation } = this.parts;
    const required = requiredOf(project, this.held.record);
    // What SignalWire's answer proves stands nowhere else, where the end of the job cannot be written.
    if (this.isProven(project) && !this.isToldOf()) await this.held.save(this.held.record);
    // A bin is looked at again and again, which takes longer.
    const soonMs = bin === null ? Math.min(forMs, SOON_MS) : 0;
    if (!this.isProven(project) && soonMs > 0) await this.awaitFor(soonMs, bin, required);
    if (!this.isProven(project)) {
      if (this.attempts.last !== null) await this.held.save(this.held.record);
      await this.awaitFor(forMs - soonMs, bin, required);
    }
    if (this.isProven(project)) {
      this.attempts.report();
      return this.succeed();
    }
    const { strategy } = this.held.record.attempts.at(-1) ?? {};
    this.attempts.unconfirmed(confirmation.missing(required, strategy));
    this.attempts.report();
    return this.held.retry();
  }

  private async awaitFor(forMs: number, bin: Bin, required: RequiredEvidence): Promise<void> {
    const wait = { required, forMs, watch: this.run.evidence.watch, signal: this.held.signal };
    this.held.record = await this.parts.confirmation.await(this.held.record, bin, wait);
  }

  private async afterRefusal(
    project: Project,
    pass: Passed,
    refusal: UpdateCallError,
  ): Promise<CancellationRecord> {
    this.attempts.report();
    await this.held.save(this.held.record);
    // A POST that timed out or was answered with garbage may have been applied all the same.
    this.held.record = withProof(this.held.record, await this.run.evidence.earlier());
    if (this.isProven(project)) return this.succeed();
    const next = await afterRefusal(this.parts, this.held, { project, pass, refusal });
    return next === 'fall_back' ? this.fallBack(project) : next;
  }

  /** By its name, as if its SID had never been known; the record says so, for a worker that carries on from here. */
  private async fallBack(project: Project): Promise<CancellationRecord> {
    await this.held.save({ ...this.held.record, sidNotFound: true });
    this.run.evidence.reopen();
    // Whose SIDs may be unknown too: one document is to stop them all, since a second one would come after the call's end.
    if (await this.parts.companions.hasSiblingsBySid(this.held.job))
      return this.held.wait('call', SIBLINGS_WAIT_MS);
    const { isFirst, ahead } = await this.lane.enter(this.run.evidence.subject);
    if (this.isProven(project)) return this.succeed();
    if (this.held.isTooLate()) return this.held.giveUp('deadline');
    return isFirst ? this.attempt(project, null) : this.held.wait('call', laneWaitMs(ahead));
  }

  private isProven(project: Project): boolean {
    return isProvenFor(project, this.held.record);
  }

  /** By a fetch or a callback, which are known to others too. */
  private isToldOf(): boolean {
    const { documentFetchedAt, streamStoppedAt } = this.held.record;
    return documentFetchedAt !== null || streamStoppedAt !== null;
  }

  private succeed(): CancellationRecord {
    return withoutPlan(this.held.record);
  }
}
