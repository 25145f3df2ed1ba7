import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { ChainableCommander } from 'ioredis';
import pTimeout from 'p-timeout';
import { redisTargetOf } from '../config/redis/redis.environment.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Deliveries } from '../gate/deliveries.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { connectWaiting } from '../platform/redis/connection/connections.js';
import type { RedisClient } from '../platform/redis/connection/client.js';
import { handOver } from '../platform/redis/transaction.js';
import { evidenceChannel, evidenceMailbox, stoppedMailbox } from './evidence.js';
import { noteFallbackEnd } from './fallback-ends.js';
import { forget, learn } from './known-streams.js';
import type { StreamNaming } from './known-streams.js';

/** How many records wait while Redis is away. Beyond that, the cancellation's next attempt proves it again. */
const MAX_PENDING = 10_000;

const SHUTDOWN_WAIT_MS = 1000;

const HOUR_MS = 3_600_000;

/** As long as the longest deadline. */
const STOPPED_TTL_MS = 86_400_000;

/** KEYS mailbox. ARGV time, lifetime (ms). Keeps the latest time, in whatever order processes send theirs. */
const SET_LATEST = `
local kept = tonumber(redis.call('GET', KEYS[1]) or '')
if not kept or kept < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end`;

/**
 * Sends evidence through Redis to the worker that waits for it. The methods never reject and need not be awaited:
 * SignalWire gets its response whether or not Redis can be reached.
 */
@Injectable()
export class EvidenceRecorder implements OnApplicationShutdown {
  private readonly logger = new Logger(EvidenceRecorder.name);
  private readonly dropped = new RareLine(
    this.logger,
    'error',
    'evidence dropped: Redis has been away for too long',
  );
  private readonly unrecorded = new RareLine(this.logger, 'error', 'evidence was not recorded');
  private readonly redis: RedisClient;
  private readonly deliveries: Deliveries;
  private readonly prefix: string;
  private readonly retentionMs: number;
  private readonly pending = new Set<Promise<void>>();

  constructor(environment: ServiceEnvironment) {
    this.prefix = environment.QUEUE_PREFIX;
    this.retentionMs = environment.RETENTION_HOURS * HOUR_MS;
    this.redis = connectWaiting(redisTargetOf(environment));
    this.deliveries = new Deliveries(this.redis, this.prefix);
  }

  /**
   * SignalWire fetched the stop document of these cancellations. The first fetch counts.
   *
   * @param at epoch milliseconds
   * @param awaitedUntil epoch milliseconds after which nobody waits for this evidence
   * @param project whose document it is, which shows that its documents can be fetched
   */
  documentFetched(
    cancellationIds: readonly string[],
    at: number,
    awaitedUntil: number,
    project: string,
  ): Promise<void> {
    // Before the evidence: whoever sees that wakes those who wait for a fetch.
    void this.deliveries.fetched(project);
    return this.record({ cancellationIds, documentFetchedAt: at }, (commands) => {
      const mailboxes = cancellationIds.map((id) => evidenceMailbox(this.prefix, id));
      for (const mailbox of mailboxes) commands.set(mailbox, at, 'PXAT', awaitedUntil, 'NX');
      this.announce(commands, mailboxes, at);
    });
  }

  /**
   * SignalWire fetched a fallback of these cancellations that lets the call end. Known for as long as they are.
   *
   * @param at epoch milliseconds
   * @param expiresAt of the link; epoch milliseconds
   */
  fallbackEndsCall(cancellationIds: readonly string[], at: number, expiresAt: number): Promise<void> {
    return this.record({ cancellationIds, fallbackFetchedAt: at }, (commands) =>
      noteFallbackEnd(commands, this.prefix, cancellationIds, at, expiresAt + this.retentionMs),
    );
  }

  /**
   * A signed status callback said that this stream stopped. The latest one counts.
   *
   * @param streamKeys the keys under which cancellations may wait for it: by its name, by its SID
   * @param at epoch milliseconds
   */
  streamStopped(streamKeys: readonly string[], at: number): Promise<void> {
    return this.record({ streamKeys, streamStoppedAt: at }, (commands) => {
      const mailboxes = streamKeys.map((streamKey) => stoppedMailbox(this.prefix, streamKey));
      for (const mailbox of mailboxes) commands.eval(SET_LATEST, 1, mailbox, at, STOPPED_TTL_MS);
      this.announce(commands, mailboxes, at);
    });
  }

  /** A signed status callback said that this stream started at `at`, so it can be stopped by its SID. */
  streamStarted(stream: StreamNaming, at: number): Promise<void> {
    return this.record({ ...stream, startedAt: at }, (commands) => learn(commands, this.prefix, stream, at));
  }

  /** A signed status callback said that this stream ended at `at`, or never started: its SID is of no more use. */
  streamEnded(stream: StreamNaming, at: number): Promise<void> {
    return this.record({ ...stream, endedAt: at }, (commands) => forget(commands, this.prefix, stream, at));
  }

  /** Waits a moment for pending evidence: without it the call would be updated again. */
  async onApplicationShutdown(): Promise<void> {
    await pTimeout(Promise.all(this.pending), { milliseconds: SHUTDOWN_WAIT_MS, fallback: () => undefined });
    this.redis.disconnect();
  }

  private announce(commands: ChainableCommander, mailboxes: readonly string[], at: number): void {
    commands.publish(evidenceChannel(this.prefix), JSON.stringify({ mailboxes, at }));
  }

  /** @param evidence for the log, if it cannot be recorded */
  private async record(evidence: object, addTo: (commands: ChainableCommander) => void): Promise<void> {
    if (this.pending.size >= MAX_PENDING) {
      this.dropped.write(evidence);
      return;
    }
    // In a cluster, ioredis repeats a transaction whose slot has moved, but not a pipeline that was refused in part.
    const commands = this.redis.multi();
    addTo(commands);
    const recording = handOver(commands).catch((error: unknown) =>
      this.unrecorded.write({ ...evidence, error: String(error) }),
    );
    this.pending.add(recording);
    await recording;
    this.pending.delete(recording);
  }
}
