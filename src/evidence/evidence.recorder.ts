import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { ChainableCommander, Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { ServiceEnvironment } from '../config/service.environment.js';
import { keepInStep } from '../redis/clock-sync.js';
import { connectWaiting } from '../redis/connections.js';
import { SharedClock } from '../redis/shared-clock.js';
import { evidenceChannel, evidenceMailbox, stoppedMailbox } from './evidence.js';
import { forget, learn } from './known-streams.js';
import type { StreamNaming } from './known-streams.js';

/** How many pieces are remembered while Redis is away; beyond that, the retry of the cancellation proves them anew. */
const MAX_PENDING = 10_000;

const SHUTDOWN_WAIT_MS = 1000;

/** The longest time that a cancellation may have to its deadline. */
const STOPPED_TTL_MS = 86_400_000;

/** Keeps the latest time, in whichever order the processes hand theirs over. */
const SET_LATEST = `
local kept = tonumber(redis.call('GET', KEYS[1]) or '')
if not kept or kept < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end`;

/**
 * Hands evidence to the worker that waits for it, through Redis. Its methods never reject and need not be awaited:
 * SignalWire is answered whether or not its request can be recorded.
 */
@Injectable()
export class EvidenceRecorder implements OnApplicationShutdown {
  private readonly logger = new Logger(EvidenceRecorder.name);
  private readonly redis: Redis;
  private readonly prefix: string;
  private readonly pending = new Set<Promise<void>>();
  private readonly stopClock: () => void;

  constructor(environment: ServiceEnvironment, clock: SharedClock) {
    this.prefix = environment.QUEUE_PREFIX;
    this.redis = connectWaiting(environment.REDIS_URL, this.logger);
    this.stopClock = keepInStep(clock, this.redis);
  }

  /**
   * SignalWire fetched the stop document of these cancellations at `at`; of several fetches the first counts.
   *
   * @param expiresAt epoch milliseconds after which nobody waits for this evidence any more
   */
  documentFetched(cancellationIds: readonly string[], at: number, expiresAt: number): Promise<void> {
    const mailboxes = cancellationIds.map((id) => evidenceMailbox(this.prefix, id));
    return this.record({ cancellationIds, documentFetchedAt: at }, mailboxes, at, (commands, mailbox) =>
      commands.set(mailbox, at, 'PXAT', expiresAt, 'NX'),
    );
  }

  /**
   * A status callback said that this stream had stopped at `at`; of several the last one counts.
   *
   * @param streamKeys those by which cancellations may wait for it: its name's, its SID's
   */
  streamStopped(streamKeys: readonly string[], at: number): Promise<void> {
    const mailboxes = streamKeys.map((streamKey) => stoppedMailbox(this.prefix, streamKey));
    return this.record({ streamKeys, streamStoppedAt: at }, mailboxes, at, (commands, mailbox) =>
      commands.eval(SET_LATEST, 1, mailbox, at, STOPPED_TTL_MS),
    );
  }

  /** A status callback said that this stream started at `at`: it can be stopped by its SID from now on. */
  streamStarted(stream: StreamNaming, at: number): Promise<void> {
    return this.keep({ ...stream, startedAt: at }, learn(this.redis.multi(), this.prefix, stream, at));
  }

  /** A status callback said that this stream came to an end at `at`, or never began: its SID is of no use any more. */
  streamEnded(stream: StreamNaming, at: number): Promise<void> {
    return this.keep({ ...stream, endedAt: at }, forget(this.redis.multi(), this.prefix, stream, at));
  }

  /** Evidence on its way is worth a moment: without it the call would be updated once more. */
  async onApplicationShutdown(): Promise<void> {
    this.stopClock();
    await pTimeout(Promise.all(this.pending), { milliseconds: SHUTDOWN_WAIT_MS, fallback: () => undefined });
    this.redis.disconnect();
  }

  private async record(
    evidence: object,
    mailboxes: readonly string[],
    at: number,
    put: (commands: ChainableCommander, mailbox: string) => ChainableCommander,
  ): Promise<void> {
    const commands = mailboxes.reduce(put, this.redis.multi());
    const announcement = JSON.stringify({ mailboxes, at });
    await this.keep(evidence, commands.publish(evidenceChannel(this.prefix), announcement));
  }

  private async keep(evidence: object, commands: ChainableCommander): Promise<void> {
    if (this.pending.size >= MAX_PENDING) {
      this.logger.error('evidence dropped, since Redis has been away for too long', evidence);
      return;
    }
    const recording = hand(commands).catch((error: unknown) =>
      this.logger.error('evidence was not recorded', { ...evidence, error: String(error) }),
    );
    this.pending.add(recording);
    await recording;
    this.pending.delete(recording);
  }
}

/** A transaction rejects where Redis refused it as a whole; what a single command met stands in its place. */
async function hand(commands: ChainableCommander): Promise<void> {
  const results = await commands.exec();
  for (const [error] of results ?? []) if (error !== null) throw error;
}
