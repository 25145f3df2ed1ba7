import { Injectable } from '@nestjs/common';
import { callKey, stoppedKeys } from '../cancellation/keys.js';
import type { Attempt, CancellationRecord } from '../cancellation/record.js';
import {
  lostAttempt,
  withLostAttempt,
  withProof,
  withSharedAttempt,
} from '../cancellation/record-updates.js';
import { wayOf } from '../cancellation/strategy.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import type { Subject } from '../evidence/evidence.js';
import { EvidenceInbox } from '../evidence/evidence.inbox.js';
import { knownStreams } from '../evidence/known-streams.js';
import { Lanes } from '../lane/lanes.js';
import type { SharedAttempt } from '../lane/shared-attempts.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import type { Lease } from '../queue/lease.js';
import { WorkerConnection } from '../queue/worker.connection.js';

/** What has happened to a cancellation until its run starts. */
export interface CaughtUp {
  readonly record: CancellationRecord;
  /** The outcome of the last attempt that others sent for it since its last run; null for none. */
  readonly sharedOutcome: Attempt['outcome'] | null;
  /** When an attempt that others sent for it started, if its outcome is not known yet. */
  readonly sharedOpenSince: number | null;
}

/** The evidence that a cancellation can have. */
export const subjectOf = ({ id, data }: Lease, record: CancellationRecord): Subject => ({
  cancellationId: id,
  streamKeys: stoppedKeys(data, record),
  createdAt: data.createdAt,
});

/** Brings a cancellation's record up to date at the start of a run. */
@Injectable()
export class CatchUp {
  constructor(
    private readonly lanes: Lanes,
    private readonly inbox: EvidenceInbox,
    private readonly connection: WorkerConnection,
    private readonly clock: SharedClock,
    private readonly environment: ServiceEnvironment,
  ) {}

  async of(lease: Lease): Promise<CaughtUp> {
    const [shared, proof, streamSid] = await Promise.all([
      this.lanes.sharedAttempts.read(lease.id),
      this.inbox.read(subjectOf(lease, lease.record)),
      this.learnedSid(lease),
    ]);
    const before = withLostAttempt(lease.record);
    const { record, ...sharedState } = withSharedAttempts(before, shared);
    return {
      record: { ...withProof(record, proof), streamSid: record.streamSid ?? streamSid },
      ...sharedState,
    };
  }

  /** The SID that status callbacks have told, if the stream may be stopped by it. */
  private async learnedSid({ data, record }: Lease): Promise<string | null> {
    if (wayOf(data, record).by !== 'if_known' || data.streamName === null) return null;
    const { QUEUE_PREFIX } = this.environment;
    const known = await knownStreams(this.connection.redis, QUEUE_PREFIX, callKey(data), this.clock.now());
    return known.get(data.streamName) ?? null;
  }
}

/** Adds the attempts that others sent. One that was never reported counts as lost once its sender must be gone. */
export function withSharedAttempts(before: CancellationRecord, shared: readonly SharedAttempt[]): CaughtUp {
  const known = new Set(before.attempts.map(({ startedAt }) => startedAt));
  const fresh = shared.filter(({ open }) => !known.has(open.startedAt));
  const record = fresh.reduce(
    (so_far, { open, ended }) =>
      withSharedAttempt(so_far, ended?.attempt ?? lostAttempt(0, open), ended?.callEnded ?? false),
    before,
  );
  const last = fresh.at(-1);
  return {
    record,
    sharedOutcome: last === undefined ? null : (record.attempts.at(-1)?.outcome ?? null),
    sharedOpenSince: fresh.find(({ ended }) => ended === null)?.open.startedAt ?? null,
  };
}
