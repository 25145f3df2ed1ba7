import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { ChainableCommander, Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { ServiceEnvironment } from '../config/service.environment.js';
import { keepInStep } from '../redis/clock-sync.js';
import { connectWaiting } from '../redis/connections.js';
import { defineScript } from '../redis/script.js';
import type { Script } from '../redis/script.js';
import { SharedClock } from '../redis/shared-clock.js';
import { evidenceChannel, evidenceMailbox, stoppedMailbox } from './evidence.js';
import { forget, learn } from './known-streams.js';
import type { StreamNaming } from './known-streams.js';

/** How many pieces are remembered while Redis is away; beyond that, the retry of the cancellation proves them anew. */
const MAX_PENDING = 10_000;

const SHUTDOWN_WAIT_MS = 1000;

/** The longest time that a cancellation may have to its deadline. */
const STOPPED_TTL_MS = 86_400_000;

/** KEYS mailboxes. ARGV when, channel, announcement, when nobody waits for it any more. The first time counts. Announced even where a mailbox cannot be used. */
const FETCHED = `
redis.call('PUBLISH', ARGV[2], ARGV[3])
for _, mailbox in ipairs(KEYS) do
  redis.call('SET', mailbox, ARGV[1], 'PXAT', ARGV[4], 'NX')
end`;

/** KEYS mailboxes. ARGV when, channel, announcement, for how long (ms). The latest time counts, in whichever order they come. */
const STOPPED = `
redis.call('PUBLISH', ARGV[2], ARGV[3])
for _, mailbox in ipairs(KEYS) do
  local kept = tonumber(redis.call('GET', mailbox) or '')
  if not kept or kept < tonumber(ARGV[1]) then redis.call('SET', mailbox, ARGV[1], 'PX', ARGV[4]) end
end`;

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
  private readonly fetched: Script<null>;
  private readonly stopped: Script<null>;

  constructor(environment: ServiceEnvironment, clock: SharedClock) {
    this.prefix = environment.QUEUE_PREFIX;
    this.redis = connectWaiting(environment.REDIS_URL, this.logger);
    this.stopClock = keepInStep(clock, this.redis);
    this.fetched = defineScript(this.redis, 'streamstopFetched', FETCHED);
    this.stopped = defineScript(this.redis, 'streamstopStopped', STOPPED);
  }

  /**
   * SignalWire fetched the stop document of these cancellations at `at`; of several fetches the first counts.
   *
   * @param expiresAt epoch milliseconds after which nobody waits for this evidence any more
   */
  documentFetched(cancellationIds: readonly string[], at: number, expiresAt: number): Promise<void> {
    const mailboxes = cancellationIds.map((id) => evidenceMailbox(this.prefix, id));
    return this.keep({ cancellationIds, documentFetchedAt: at }, () =>
      this.fetched(mailboxes, at, ...this.announcement(mailboxes, at), expiresAt),
    );
  }

  /**
   * A status callback came at `at`, which said that this stream had stopped; of several the last one counts.
   *
   * @param streamKeys those by which cancellations may wait for it: its name's, its SID's
   */
  streamStopped(streamKeys: readonly string[], at: number): Promise<void> {
    const mailboxes = streamKeys.map((streamKey) => stoppedMailbox(this.prefix, streamKey));
    return this.keep({ streamKeys, streamStoppedAt: at }, () =>
      this.stopped(mailboxes, at, ...this.announcement(mailboxes, at), STOPPED_TTL_MS),
    );
  }

  /** A status callback said that this stream started at `at`: it can be stopped by its SID from now on. */
  streamStarted(stream: StreamNaming, at: number): Promise<void> {
    return this.keep({ ...stream, startedAt: at }, () =>
      hand(learn(this.redis.multi(), this.prefix, stream, at)),
    );
  }

  /** A status callback said that this stream came to an end at `at`, or never began: its SID is of no use any more. */
  streamEnded(stream: StreamNaming, at: number): Promise<void> {
    return this.keep({ ...stream, endedAt: at }, () =>
      hand(forget(this.redis.multi(), this.prefix, stream, at)),
    );
  }

  /** Evidence on its way is worth a moment: without it the call would be updated once more. */
  async onApplicationShutdown(): Promise<void> {
    this.stopClock();
    await pTimeout(Promise.all(this.pending), { milliseconds: SHUTDOWN_WAIT_MS, fallback: () => undefined });
    this.redis.disconnect();
  }

  private announcement(mailboxes: readonly string[], at: number): [channel: string, message: string] {
    return [evidenceChannel(this.prefix), JSON.stringify({ mailboxes, at })];
  }

  private async keep(evidence: object, hand: () => Promise<unknown>): Promise<void> {
    if (this.pending.size >= MAX_PENDING) {
      this.logger.error('evidence dropped, since Redis has been away for too long', evidence);
      return;
    }
    const recording = hand().then(
      () => undefined,
      (error: unknown) =>
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
