import { Injectable } from '@nestjs/common';
import { documentSourceOf } from '../cancellation/document-source.js';
import { mayHaveTakenEffect } from '../cancellation/effect.js';
import { awaitsFetch, isProven, UNKNOWN_PROJECT } from '../cancellation/proof.js';
import type { Proof } from '../cancellation/proof.js';
import type { CancellationRecord } from '../cancellation/record.js';
import { nextNumber } from '../cancellation/record.js';
import * as update from '../cancellation/record-updates.js';
import { wayOf } from '../cancellation/strategy.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { probesDelivery } from '../gate/gate-state.js';
import type { Pass } from '../gate/gate-state.js';
import { EvidenceInbox } from '../evidence/evidence.inbox.js';
import type { EvidenceWatch } from '../evidence/evidence.inbox.js';
import { Lanes } from '../lane/lanes.js';
import type { Project } from '../projects/project.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import type { Lease } from '../queue/lease.js';
import { CatchUp, subjectOf } from './catch-up.js';
import {
  msUnconfirmed,
  msUntilExpiry,
  nextAfterConfirmation,
  nextAtStart,
  nextByCallState,
} from './decisions.js';
import { giveUp, SUCCEED, waitFor } from './next.js';
import type { Next, Outcome } from './next.js';
import type { SentAttempt } from './provider.js';
import { retryLimits, timeOf } from './retry-policy.js';
import type { RetryLimits } from './retry-policy.js';
import { Sending } from './sending.js';
import { RefusedAttempt } from './steps/refused.js';
import { unsent } from './steps/step.js';
import type { Run, Step, Way } from './steps/step.js';

/**
 * Carries out a cancellation: looks at what has happened since its last run, makes one attempt if it may, and says what
 * comes next. Steps return new records and what happens next; nothing here changes BullMQ's job.
 */
@Injectable()
export class CancellationRun {
  private readonly limits: RetryLimits;

  constructor(
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
    private readonly catchUp: CatchUp,
    private readonly lanes: Lanes,
    private readonly sending: Sending,
    private readonly inbox: EvidenceInbox,
    private readonly refused: RefusedAttempt,
  ) {
    this.limits = retryLimits(environment);
  }

  /**
   * @throws whatever is neither an answer of SignalWire nor the lack of one, such as a lost Redis or a `LockLostError`
   */
  async carryOut(lease: Lease, project: Project | undefined): Promise<Outcome> {
    const outcome = await this.proceed(lease, project);
    const { next } = outcome;
    if (next.kind !== 'give_up' || next.reason === 'withdrawn' || project === undefined) return outcome;
    const { reason } = next;
    const expiresInMs = msUntilExpiry(outcome.record, reason, timeOf(lease.data, this.clock));
    if (expiresInMs > 0) return { ...outcome, next: waitFor('backoff', expiresInMs) };
    const record = await this.catchUp.beforeGivingUp(lease, project, outcome.record, reason);
    return { ...outcome, record, next: isProven(record, project) ? SUCCEED : next };
  }

  private async proceed(lease: Lease, project: Project | undefined): Promise<Outcome> {
    const { record, ...shared } = await this.catchUp.of(lease, project);
    const facts = {
      record,
      ...shared,
      waitedFor: lease.record.waitingFor,
      plannedAt: lease.record.nextAttemptAt,
      isProven: isProven(record, project ?? UNKNOWN_PROJECT),
      isConfigured: project !== undefined,
    };
    const next = nextAtStart(facts, timeOf(lease.data, this.clock), this.limits);
    if (next !== null || project === undefined) return unsent(record, next ?? giveUp('refused'));

    const mustReadCall =
      record.isCallUnknown ||
      lease.record.waitingFor === 'answer' ||
      shared.sharedOutcome === 'call_not_found';
    const run = { lease, project, record, mustReadCall };
    const way = wayOf(lease.data, record);
    return way.by === 'stream_resource' ? this.stopBySid(run, way.streamSid) : this.stopByDocument(run);
  }

  /** By Update a Call, which one cancellation of a call at a time may send. */
  private async stopByDocument(run: Run): Promise<Outcome> {
    const { lease, record, project } = run;
    const turn = await this.lanes.take(lease);
    if (!turn.isMine) return unsent(record, waitFor('call', turn.retryInMs));
    const { kind } = documentSourceOf(project, lease.data);
    return (
      this.confirmLast(run) ??
      this.attempt(run, {
        strategy: 'update_call',
        isElsewhere: kind === 'foreign',
        needsFetch: awaitsFetch(project, kind === 'foreign'),
        companionsOf: async () => (kind === 'verbs' ? this.lanes.companionsOf(lease, turn.members) : []),
        send: (companions, open, number) => this.sending.updateCall(project, lease, companions, open, number),
      })
    );
  }

  /** By the Streams resource, which leaves the call's document alone. */
  private async stopBySid(run: Run, streamSid: string): Promise<Outcome> {
    const { lease, project } = run;
    return (
      this.confirmLast(run) ??
      this.attempt(run, {
        strategy: 'stream_resource',
        isElsewhere: false,
        needsFetch: false,
        companionsOf: async () => [],
        send: (_, open, number) => this.sending.stopStream(project, lease, streamSid, open, number),
      })
    );
  }

  /**
   * The last attempt was accepted, in a run that was cut short or by another cancellation: its evidence may still come.
   */
  private confirmLast(run: Run): Promise<Outcome> | null {
    const forMs = msUnconfirmed(run.record, this.clock.now(), this.environment.CONFIRMATION_TIMEOUT_MS);
    if (forMs === null) return null;
    return this.watched(run, (watch) => this.confirm({ ...run, companions: null }, watch, forMs));
  }

  /** One attempt, if the project and the call allow it. */
  private async attempt(run: Run, way: Way): Promise<Outcome> {
    const { lease, project, record, mustReadCall } = run;
    // A read of the call needs no fetch, and must not take the place of one who does.
    const asked = await this.sending.ask(project, lease, record, way.needsFetch && !mustReadCall);
    const isWithoutPlace = !mustReadCall && 'next' in asked && beginsToAwaitDelivery(lease, asked.next);
    const answer = isWithoutPlace ? await this.sending.ask(project, lease, record, false) : asked;
    if ('next' in answer) return unsent(record, answer.next);
    const isDeliveryProbe = probesDelivery(answer.pass);
    if (!mustReadCall && !isWithoutPlace && !isDeliveryProbe) return this.letThrough(run, way, answer.pass);
    const read = await this.afterReading(run);
    if (read !== null) {
      await this.sending.giveBack(project, lease, answer.pass);
      return read;
    }
    const again =
      answer.pass.kind === 'open' ? await this.sending.ask(project, lease, record, way.needsFetch) : answer;
    return 'next' in again
      ? unsent(afterRead(record, again.next), again.next)
      : this.letThrough(run, way, again.pass);
  }

  /** Reads the call. Null if an update may be sent. */
  private async afterReading({ lease, project, record }: Run): Promise<Outcome | null> {
    const state = await this.sending.callState(project, lease);
    const next = nextByCallState(state, record, timeOf(lease.data, this.clock));
    return next === null ? null : unsent(await this.catchUp.afterCallState(lease, record, state, next), next);
  }

  private async letThrough(run: Run, way: Way, pass: Pass): Promise<Outcome> {
    const outcome = await this.send(run, way, pass);
    await this.sending.leave(run.project, run.lease, pass);
    return outcome;
  }

  private async send(run: Run, way: Way, pass: Pass): Promise<Outcome> {
    const { lease } = run;
    const { strategy, isElsewhere, needsFetch } = way;
    const record = { ...run.record, isCallUnknown: false };
    const others = await way.companionsOf();
    return this.watched(run, async (watch) => {
      const open = { startedAt: this.clock.now(), strategy };
      if (open.startedAt >= lease.data.deadline) return unsent(record, giveUp('deadline'));
      const companions = await this.sending.open(lease, others, update.withOpenAttempt(record, open));
      // Nothing is waited for between this check and the POST.
      if (companions === null) return unsent(record, giveUp('deadline'));
      const step = { ...run, record, pass, companions, isElsewhere, needsFetch };
      return this.settle(step, await way.send(companions, open, nextNumber(record)), watch);
    });
  }

  /** SignalWire has answered, or failed to. */
  private async settle(
    step: Step,
    { attempt, refusal, saidStopped, saidEnded }: SentAttempt,
    watch: EvidenceWatch,
  ): Promise<Outcome> {
    const ended = update.withAttempt(step.record, attempt);
    const sent = refusal === null ? { ...ended, isDocumentElsewhere: step.isElsewhere } : ended;
    const answeredAt = attempt.startedAt + attempt.durationMs;
    const said = saidStopped ? update.withSaidStopped(sent, answeredAt) : sent;
    const record = saidEnded ? await this.catchUp.ended(step.lease, said) : said;
    // What could not be saved is kept on the lease, whatever else fails beside it.
    const [worksAgain] = await Promise.all([
      this.sending.learn(step, attempt, refusal),
      step.lease.save(record),
      refusal === null && this.sending.tellCompanions(step.lease, step.companions, attempt, saidEnded),
      // Nothing will be fetched, so the next one need not wait for the rest of this run.
      !mayHaveTakenEffect(attempt) && this.sending.leave(step.project, step.lease, step.pass),
    ]);
    if (worksAgain) this.sending.startWaiting();
    return refusal === null
      ? this.confirm({ ...step, record }, watch, this.environment.CONFIRMATION_TIMEOUT_MS)
      : this.refused.follow({ ...step, record, refusal });
  }

  /** Waits for the evidence of an accepted attempt; `companions` is null if this run did not send it. */
  private async confirm(
    run: Run & { readonly companions: Step['companions'] | null },
    watch: EvidenceWatch,
    forMs: number,
  ): Promise<Outcome> {
    const { lease, project, companions } = run;
    const isEnough = (proof: Proof): boolean => isProven(update.withProof(run.record, proof), project);
    const proof = await watch.until(isEnough, forMs, lease.signal);
    const proven = isEnough(proof);
    const known = update.withProof(run.record, proof);
    const record = proven
      ? known
      : update.withUnconfirmed(known, this.sending.missingEvidence(project, known));
    await this.sending.reportConfirmation(project, lease, record, companions);
    const next = nextAfterConfirmation(record, proven, timeOf(lease.data, this.clock), this.limits);
    return { record, next, companions: (companions ?? []).map(({ id }) => id) };
  }

  private async watched(run: Run, step: (watch: EvidenceWatch) => Promise<Outcome>): Promise<Outcome> {
    const watch = this.inbox.watch(subjectOf(run.lease, run.record));
    try {
      return await step(watch);
    } finally {
      watch.close();
    }
  }
}

/** It would read its call at each turn, and so use up what it may send. */
const afterRead = (record: CancellationRecord, next: Next): CancellationRecord =>
  next.kind === 'wait' && next.for === 'rate' ? { ...record, isCallUnknown: false } : record;

/**
 * Where a fetch has yet to prove the delivery, few are sent. A call that is over needs no update, and must not wait for
 * that.
 */
const beginsToAwaitDelivery = ({ record }: Lease, next: Next): boolean =>
  next.kind === 'wait' && next.for === 'delivery' && record.waitingFor !== 'delivery';
