import { Injectable, Logger } from '@nestjs/common';
import { requiredFor, wentUnfetched } from '../cancellation/proof.js';
import type { Attempt, CancellationRecord, OpenAttempt } from '../cancellation/record.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import type { Pass } from '../gate/gate-state.js';
import { Gates } from '../gate/gates.js';
import { Lanes } from '../lane/lanes.js';
import { WorkerMetrics } from './worker.metrics.js';
import type { Project } from '../projects/project.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import type { Lease } from '../queue/lease.js';
import type { UpdateCallError } from '../signalwire/signalwire.errors.js';
import type { KnownCallState } from './decisions.js';
import { Keeper } from './keeper.js';
import type { Next } from './next.js';
import { Provider } from './provider.js';
import type { SentAttempt } from './provider.js';
import type { Step } from './steps/step.js';

const UNDONE: Readonly<Record<Attempt['strategy'], string>> = {
  update_call: 'the stop document was not fetched',
  stream_resource: 'neither its answer nor a status callback said that the stream had stopped',
};

/** For the log: of the cancellation that made an attempt, and of those whose streams it stops too. */
const idsOf = (lease: Lease, companions: readonly StoredCancellation[]) => ({
  ...lease.ids,
  ...(companions.length > 0 && { alsoFor: companions.map(({ id }) => id) }),
});

/** Makes attempts as the project's gate allows them, and tells everyone concerned about them. */
@Injectable()
export class Sending {
  private readonly logger = new Logger(Sending.name);

  constructor(
    private readonly provider: Provider,
    private readonly gates: Gates,
    private readonly lanes: Lanes,
    private readonly keeper: Keeper,
    private readonly metrics: WorkerMetrics,
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
  ) {}

  /** Whether the project lets the cancellation through now. */
  async ask(
    project: Project,
    lease: Lease,
    record: CancellationRecord,
    needsFetch: boolean,
  ): Promise<{ readonly pass: Pass } | { readonly next: Next }> {
    const { id, data } = lease;
    const answer = await this.gates.ask(project, { id, data, record }, needsFetch);
    if ('pass' in answer) return answer;
    const { waitFor, ...times } = answer;
    return { next: { kind: 'wait', for: waitFor, ...times } };
  }

  /** After a refusal: what it waits for if its project is closed now; null where it is open. */
  async closedGate(
    project: Project,
    lease: Lease,
    record: CancellationRecord,
    needsFetch: boolean,
  ): Promise<Next | null> {
    const answer = await this.ask(project, lease, record, needsFetch);
    if ('next' in answer) {
      const { next } = answer;
      // A turn that it would have to wait for says nothing about the project.
      return next.kind === 'wait' && next.for !== 'rate' ? next : null;
    }
    await this.giveBack(project, lease, answer.pass);
    return null;
  }

  /**
   * Writes down that an attempt is about to be sent: for its companions, then for itself, as long as the job is this
   * worker's.
   *
   * @param record with the open attempt
   * @returns the companions that still want it; null if the deadline has passed meanwhile: the attempt must not be sent
   * @throws {LockLostError}
   */
  async open(
    lease: Lease,
    companions: readonly StoredCancellation[],
    record: CancellationRecord,
  ): Promise<readonly StoredCancellation[] | null> {
    const { open } = record;
    if (open === null) throw new Error('no attempt is open');
    const { sharedAttempts } = this.lanes;
    const told = await sharedAttempts.open(lease, companions, open);
    try {
      await lease.save(record);
      if (this.clock.now() < lease.data.deadline) return told;
    } catch (error) {
      await sharedAttempts.remove(lease, told, open);
      throw error;
    }
    await sharedAttempts.remove(lease, told, open);
    return null;
  }

  /** One update that also stops the streams of `companions`. */
  updateCall(
    project: Project,
    lease: Lease,
    companions: readonly StoredCancellation[],
    open: OpenAttempt,
    number: number,
  ): Promise<SentAttempt> {
    return this.provider.updateCall(project, [lease, ...companions], number, open.startedAt);
  }

  stopStream(
    project: Project,
    lease: Lease,
    streamSid: string,
    open: OpenAttempt,
    number: number,
  ): Promise<SentAttempt> {
    return this.provider.stopStream(project, lease, streamSid, number, open.startedAt);
  }

  callState(project: Project, { data }: Lease): Promise<Exclude<KnownCallState, null>> {
    return this.provider.callState(project, data.callSid);
  }

  /** @returns whether the project works again */
  learn(
    { project, lease, pass, companions }: Step,
    attempt: Attempt,
    refusal: UpdateCallError | null,
  ): Promise<boolean> {
    const { number, strategy, durationMs, httpStatus } = attempt;
    const { data } = lease;
    if (refusal === null) {
      const fields = { ...idsOf(lease, companions), number, strategy, durationMs, httpStatus };
      this.logger.log('attempt accepted', fields);
    }
    const retryAfterMs = refusal?.retryAfterMs ?? null;
    return this.gates.learn(project, { ...attempt, callSid: data.callSid, pass, retryAfterMs });
  }

  /**
   * An attempt that was let through is over. If nothing had shown that its document can be fetched, others have waited
   * for it.
   */
  async leave(project: Project, { data }: Lease, pass: Pass): Promise<void> {
    if (!pass.isUnproven) return;
    await this.gates.leavePlace(project, data.callSid);
    this.startWaiting();
  }

  /** What was let through sends nothing after all. Another one goes instead. */
  async giveBack(project: Project, lease: Lease, pass: Pass): Promise<void> {
    if (pass.kind !== 'probe') return this.leave(project, lease, pass);
    await this.gates.probeAgain(project, pass.state);
    this.startWaiting();
  }

  /** The evidence of an accepted attempt is there, or has been awaited for long enough. */
  async reportConfirmation(
    project: Project,
    lease: Lease,
    record: CancellationRecord,
    companions: readonly StoredCancellation[] | null,
  ): Promise<void> {
    const sentAt = record.attempts.at(-1)?.startedAt ?? 0;
    if (wentUnfetched(record, project)) await this.gates.unfetched(project, lease.data.callSid, sentAt);
    await this.reportEnd(lease, record, companions);
  }

  /** Starts those that wait for a project, without waiting for it. */
  startWaiting(): void {
    void this.keeper.startWaiting();
  }

  /**
   * The last attempt's outcome is final.
   *
   * @param companions null if this run did not send the attempt, so that the metrics do not count its POST once more
   */
  async reportEnd(
    lease: Lease,
    record: CancellationRecord,
    companions: readonly StoredCancellation[] | null,
  ): Promise<void> {
    const attempt = record.attempts.at(-1);
    if (attempt === undefined) return;
    const { number, strategy, durationMs, outcome, httpStatus, providerCode, message: reason } = attempt;
    if (companions !== null) this.metrics.attempted(attempt);
    const fields = { number, strategy, durationMs, outcome, httpStatus, providerCode, reason };
    if (outcome !== 'accepted') {
      // Where the call is over, there is nothing left to stop.
      const level = record.callEnded ? 'log' : 'warn';
      this.logger[level]('attempt failed', { ...idsOf(lease, companions ?? []), ...fields });
    }
    await this.tellCompanions(lease, companions ?? [], attempt, record.callEnded);
  }

  /** Why an accepted attempt counts as `not_confirmed`. */
  missingEvidence(project: Project, record: CancellationRecord): string {
    const strategy = record.attempts.at(-1)?.strategy ?? 'update_call';
    const undone =
      requiredFor(project, record) === 'stream_stopped'
        ? 'no status callback said that the stream had stopped'
        : UNDONE[strategy];
    const what = strategy === 'update_call' ? 'update' : 'stop';
    return `SignalWire accepted the ${what}, but ${undone} within ${this.environment.CONFIRMATION_TIMEOUT_MS} ms`;
  }

  /** Tells companions what the attempt that was sent for them came to. */
  async tellCompanions(
    lease: Lease,
    companions: readonly StoredCancellation[],
    attempt: Attempt,
    callEnded: boolean,
  ): Promise<void> {
    await this.lanes.sharedAttempts.end(lease, companions, { attempt, callEnded });
  }
}
