import { Injectable } from '@nestjs/common';
import { callKey, stoppedKeys } from '../cancellation/keys.js';
import type { Attempt, CancellationRecord, GiveUpReason, OpenAttempt } from '../cancellation/record.js';
import {
  lostAttempt,
  withCallEnded,
  withCallNotFound,
  withLostAttempt,
  withProof,
  withSharedAttempt,
} from '../cancellation/record-updates.js';
import { awaitedUntil } from '../cancellation/effect.js';
import { isProven } from '../cancellation/proof.js';
import type { Proof } from '../cancellation/proof.js';
import { wayOf } from '../cancellation/strategy.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import type { Subject } from '../evidence/evidence.js';
import { EvidenceInbox } from '../evidence/evidence.inbox.js';
import { knownStreams } from '../evidence/known-streams.js';
import { Lanes } from '../lane/lanes.js';
import { isSenderGone, unlistedIn } from '../lane/shared-attempts.js';
import type { SharedAttempt } from '../lane/shared-attempts.js';
import type { Project } from '../projects/project.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import type { Lease } from '../queue/lease.js';
import { WorkerConnection } from '../queue/connections/worker.connection.js';
import { isOver } from './decisions.js';
import type { KnownCallState } from './decisions.js';
import type { Next } from './next.js';
import { Provider } from './provider.js';

/** What has happened to a cancellation by the time its run starts. */
export interface CaughtUp {
  readonly record: CancellationRecord;
  /** The outcome of the last attempt that others sent for it since its last run; null for none. */
  readonly sharedOutcome: Attempt['outcome'] | null;
  /** Another one is sending an attempt for it right now. */
  readonly isSharedUnderWay: boolean;
}

/** The evidence that a cancellation can have. */
export const subjectOf = ({ id, data }: Lease, record: CancellationRecord): Subject => ({
  cancellationId: id,
  streamKeys: stoppedKeys(data, record),
  createdAt: data.createdAt,
});

/** Brings a cancellation's record up to date: at the start of a run, and before it is given up. */
@Injectable()
export class CatchUp {
  constructor(
    private readonly lanes: Lanes,
    private readonly inbox: EvidenceInbox,
    private readonly connection: WorkerConnection,
    private readonly clock: SharedClock,
    private readonly environment: ServiceEnvironment,
    private readonly provider: Provider,
  ) {}

  /** @param project undefined if it is not configured */
  async of(lease: Lease, project: Project | undefined): Promise<CaughtUp> {
    const [shared, proof, streamSid] = await Promise.all([
      this.lanes.sharedAttempts.read(lease.id),
      this.inbox.read(subjectOf(lease, lease.record)),
      this.learnedSid(lease, project),
    ]);
    const before = withLostAttempt(lease.record);
    const { REQUEST_TIMEOUT_MS } = this.environment;
    const isLost = (open: OpenAttempt): boolean => isSenderGone(open, REQUEST_TIMEOUT_MS, this.clock.now());
    const { record, ...sharedState } = withSharedAttempts(before, shared, isLost);
    return {
      record: { ...withProof(record, proof), streamSid: record.streamSid ?? streamSid },
      ...sharedState,
    };
  }

  /**
   * Awaits evidence as long as an attempt may still take effect. Then reads the call: it may have ended before its
   * document was fetched. Only attempts that SignalWire received leave that open.
   */
  async beforeGivingUp(
    lease: Lease,
    project: Project,
    before: CancellationRecord,
    reason: GiveUpReason,
  ): Promise<CancellationRecord> {
    const { CONFIRMATION_TIMEOUT_MS } = this.environment;
    const until = awaitedUntil(before, reason, lease.data.deadline, CONFIRMATION_TIMEOUT_MS);
    const record = await this.awaited(lease, project, before, until - this.clock.now());
    if (isProven(record, project)) return record;
    const wasReceived = record.attempts.some(({ mayHaveArrived }) => mayHaveArrived);
    if (reason === 'refused' || !wasReceived) return record;
    const state = await this.provider.callState(project, lease.data.callSid);
    return isOver(state, record) ? this.ended(lease, record) : record;
  }

  /** Evidence that is there, or comes within `forMs`. */
  async awaited(
    lease: Lease,
    project: Project,
    record: CancellationRecord,
    forMs: number,
  ): Promise<CancellationRecord> {
    const subject = subjectOf(lease, record);
    const watch = this.inbox.watch(subject);
    try {
      const known = withProof(record, await this.inbox.read(subject));
      const isEnough = (proof: Proof): boolean => isProven(withProof(known, proof), project);
      return forMs > 0 ? withProof(known, await watch.until(isEnough, forMs, lease.signal)) : known;
    } finally {
      watch.close();
    }
  }

  /** What a read of the call, and what it decides, add to the record. */
  async afterCallState(
    lease: Lease,
    record: CancellationRecord,
    state: KnownCallState,
    next: Next | null,
  ): Promise<CancellationRecord> {
    if (isOver(state, record)) return this.ended(lease, record);
    return state === 'not_found' && next?.kind === 'give_up' ? withCallNotFound(record) : record;
  }

  /** The call is over. Its document may have been fetched just before. */
  async ended(lease: Lease, record: CancellationRecord): Promise<CancellationRecord> {
    return withCallEnded(withProof(record, await this.inbox.read(subjectOf(lease, record))));
  }

  /** The SID from status callbacks, if the stream may be stopped by it. Callbacks count only if they are signed. */
  private async learnedSid({ data, record }: Lease, project: Project | undefined): Promise<string | null> {
    if (wayOf(data, record).by !== 'if_known' || data.streamName === null) return null;
    if (project === undefined || project.signingKeys.length === 0) return null;
    const { QUEUE_PREFIX } = this.environment;
    const known = await knownStreams(this.connection.redis, QUEUE_PREFIX, callKey(data), this.clock.now());
    return known.get(data.streamName) ?? null;
  }
}

/**
 * Adds the attempts that others sent.
 *
 * @param isLost whether the sender of an attempt must be gone if it has not reported it by now
 */
export function withSharedAttempts(
  before: CancellationRecord,
  shared: readonly SharedAttempt[],
  isLost: (open: OpenAttempt) => boolean,
): CaughtUp {
  const fresh = unlistedIn(before, shared);
  const over = fresh.filter(({ open, ended }) => ended !== null || isLost(open));
  const record = over.reduce(
    (soFar, { open, ended }) =>
      withSharedAttempt(soFar, ended?.attempt ?? lostAttempt(0, open), ended?.callEnded ?? false),
    before,
  );
  return {
    record,
    sharedOutcome: over.length === 0 ? null : (record.attempts.at(-1)?.outcome ?? null),
    isSharedUnderWay: over.length < fresh.length,
  };
}
