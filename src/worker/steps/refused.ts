import { Injectable } from '@nestjs/common';
import { isProven } from '../../cancellation/proof.js';
import type { CancellationRecord } from '../../cancellation/record.js';
import { withProof, withSaidStopped } from '../../cancellation/record-updates.js';
import { fallsBackToName, mayBeStopped } from '../../cancellation/strategy.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { EvidenceInbox } from '../../evidence/evidence.inbox.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import type { UpdateCallError } from '../../signalwire/signalwire.errors.js';
import { StreamNotFoundError } from '../../signalwire/signalwire.errors.js';
import { CatchUp, subjectOf } from '../catch-up.js';
import {
  msBeforeReplacing,
  mustReadAfter,
  nextAfterRefusal,
  nextByCallState,
  stopsProject,
} from '../decisions.js';
import type { RefusedFacts } from '../decisions.js';
import { waitFor } from '../next.js';
import type { Next, Outcome } from '../next.js';
import { retryLimits, timeOf } from '../retry-policy.js';
import { Sending } from '../sending.js';
import type { Step } from './step.js';

/** An attempt that SignalWire did not accept. */
interface Refused extends Step {
  readonly refusal: UpdateCallError;
}

/** What a read of the call has told, and what that decides; both null where it was not read. */
type Read = Pick<RefusedFacts, 'callState' | 'byCall' | 'isStreamUnknown'> & {
  readonly record: CancellationRecord;
};

/** What follows an attempt that SignalWire did not accept. */
@Injectable()
export class RefusedAttempt {
  constructor(
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
    private readonly catchUp: CatchUp,
    private readonly sending: Sending,
    private readonly inbox: EvidenceInbox,
  ) {}

  async follow(step: Refused): Promise<Outcome> {
    const { lease, companions } = step;
    // A POST that timed out or was answered with garbage may have been applied all the same.
    const known = withProof(step.record, await this.inbox.read(subjectOf(lease, step.record)));
    if (isUnknownBySid(step, known)) return this.goOnByName(step, known);
    const read = await this.readCall(step, known);
    await this.sending.reportEnd(lease, read.record, companions);
    const record = await this.awaitEffect(step, read);
    const next = await this.decide(step, { ...read, record });
    return { record, next, companions: companions.map(({ id }) => id) };
  }

  /** In another run, which finds out first whether a document for the whole call has stopped the stream meanwhile. */
  private async goOnByName({ lease, companions }: Refused, known: CancellationRecord): Promise<Outcome> {
    await this.sending.reportEnd(lease, known, companions);
    return { record: { ...known, sidNotFound: true }, next: waitFor('call', 0), companions: [] };
  }

  private async readCall({ lease, project, refusal }: Refused, known: CancellationRecord): Promise<Read> {
    const mustRead = !isProven(known, project) && mustReadAfter(refusal);
    const callState = mustRead ? await this.sending.callState(project, lease) : null;
    const time = timeOf(lease.data, this.clock);
    const byCall = nextByCallState(callState, known, time);
    const isStreamUnknown = refusal instanceof StreamNotFoundError;
    if (isStreamUnknown && callState === 'in-progress' && mayBeStopped(known))
      return { callState, byCall, isStreamUnknown: false, record: withSaidStopped(known, time.now) };
    const record = await this.catchUp.afterCallState(lease, known, callState, byCall);
    return { callState, byCall, isStreamUnknown, record };
  }

  /** Where the call goes on, an update whose answer was lost may yet be carried out. */
  private awaitEffect({ lease, project }: Refused, { record, byCall }: Read): Promise<CancellationRecord> {
    const time = timeOf(lease.data, this.clock);
    const unfetchedMs = msBeforeReplacing(record, time, this.environment.CONFIRMATION_TIMEOUT_MS);
    return byCall === null
      ? this.catchUp.awaited(lease, project, record, unfetchedMs)
      : Promise.resolve(record);
  }

  private async decide({ lease, project, refusal, pass, needsFetch }: Refused, read: Read): Promise<Next> {
    const proven = isProven(read.record, project);
    const isDecided = proven || read.byCall !== null;
    const asks = !isDecided && (stopsProject(refusal) || (pass.kind === 'probe' && refusal.retryable));
    const closedGate = asks ? await this.sending.closedGate(project, lease, read.record, needsFetch) : null;
    const facts = { ...read, refusal, isProven: proven, closedGate };
    return nextAfterRefusal(facts, timeOf(lease.data, this.clock), retryLimits(this.environment));
  }
}

/** SignalWire does not know the stream by its SID, but the call may have it by its name. */
const isUnknownBySid = ({ lease, project, refusal }: Refused, known: CancellationRecord): boolean =>
  refusal instanceof StreamNotFoundError && !isProven(known, project) && fallsBackToName(lease.data, known);
