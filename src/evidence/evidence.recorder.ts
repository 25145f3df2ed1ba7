import { setImmediate } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { ChainableCommander, Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { ServiceEnvironment } from '../config/service.environment.js';
import { keepInStep } from '../platform/redis/clock-sync.js';
import { connectWaiting } from '../platform/redis/connections.js';
import { defineScript } from '../platform/redis/script.js';
import type { Script } from '../platform/redis/script.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { handOver } from '../platform/redis/transaction.js';
import { evidenceChannel, evidenceMailbox, stoppedMailbox } from './evidence.js';
import {
  endedStreamsKey,
  forget,
  knownStreamsKey,
  learn,
  MAX_KNOWN_STREAMS,
  MAX_UNSIGNED_STREAMS,
} from './known-streams.js';
import type { StreamNaming } from './known-streams.js';
import { makeRoom } from './unsigned-keys.js';

/** How many pieces are remembered while Redis is away; beyond that, the retry of the cancellation proves them anew. */
const MAX_PENDING = 10_000;

const SHUTDOWN_WAIT_MS = 1000;

/** The longest time that a cancellation may have to its deadline. */
const STOPPED_TTL_MS = 86_400_000;

/** KEYS mailboxes. ARGV when, channel, announcement, until when each is kept. Several fetches of one document: the first counts. */
const SET_FIRST = `
redis.call('PUBLISH', ARGV[2], ARGV[3])
for index, mailbox in ipairs(KEYS) do
  redis.call('SET', mailbox, ARGV[1], 'PXAT', ARGV[index + 3], 'NX')
end`;

/** The fetches of one millisecond, which go to Redis together. */
interface Fetches {
  readonly mailboxes: string[];
  readonly expiries: number[];
  readonly recorded: Promise<unknown>;
}

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
  /** By their time; those that are still to be handed over. */
  private readonly fetches = new Map<number, Fetches>();
  private readonly stopClock: () => void;
  private readonly setFirst: Script<null>;

  constructor(
    environment: ServiceEnvironment,
    private readonly clock: SharedClock,
  ) {
    this.prefix = environment.QUEUE_PREFIX;
    this.redis = connectWaiting(environment.REDIS_URL, this.logger);
    this.stopClock = keepInStep(clock, this.redis);
    this.setFirst = defineScript(this.redis, 'streamstopSetFirst', SET_FIRST);
  }

  /**
   * SignalWire fetched the stop document of these cancellations at `at`; of several fetches the first counts.
   *
   * @param expiresAt epoch milliseconds after which nobody waits for this evidence any more
   */
  async documentFetched(cancellationIds: readonly string[], at: number, expiresAt: number): Promise<void> {
    const evidence = { cancellationIds, documentFetchedAt: at };
    await this.keep(evidence, () => this.gather(cancellationIds, at, expiresAt));
  }

  /**
   * A status callback said that this stream had stopped at `at`; of several the last one counts.
   *
   * @param streamKeys those by which cancellations may wait for it: its name's, its SID's
   * @param isGenuine whether it is known to be SignalWire's; of others only the latest are kept
   */
  streamStopped(streamKeys: readonly string[], at: number, isGenuine: boolean): Promise<void> {
    const mailboxes = streamKeys.map((streamKey) => stoppedMailbox(this.prefix, streamKey));
    const commands = this.redis.multi();
    for (const mailbox of mailboxes) {
      commands.eval(SET_LATEST, 1, mailbox, at, STOPPED_TTL_MS);
      if (!isGenuine) makeRoom(commands, this.prefix, 'over', mailbox, this.clock.now());
    }
    commands.publish(...this.announcement(mailboxes, at));
    return this.keep({ streamKeys, streamStoppedAt: at }, () => handOver(commands));
  }

  /**
   * A status callback said that this stream started at `at`: it can be stopped by its SID from now on.
   *
   * @param isGenuine as above
   */
  streamStarted(stream: StreamNaming, at: number, isGenuine: boolean): Promise<void> {
    const commands = learn(this.redis.multi(), this.prefix, stream, at, mostStreams(isGenuine));
    if (!isGenuine) this.makeRoomFor(stream, commands);
    return this.keep({ ...stream, startedAt: at }, () => handOver(commands));
  }

  /**
   * A status callback said that this stream came to an end at `at`, or never began: its SID is of no use any more.
   *
   * @param isGenuine as above
   */
  streamEnded(stream: StreamNaming, at: number, isGenuine: boolean): Promise<void> {
    const commands = forget(this.redis.multi(), this.prefix, stream, at, mostStreams(isGenuine));
    if (!isGenuine) this.makeRoomFor(stream, commands);
    return this.keep({ ...stream, endedAt: at }, () => handOver(commands));
  }

  /** Evidence on its way is worth a moment: without it the call would be updated once more. */
  async onApplicationShutdown(): Promise<void> {
    this.stopClock();
    await pTimeout(Promise.all(this.pending), { milliseconds: SHUTDOWN_WAIT_MS, fallback: () => undefined });
    this.redis.disconnect();
  }

  private gather(cancellationIds: readonly string[], at: number, expiresAt: number): Promise<unknown> {
    const fetches = this.fetches.get(at) ?? this.beginToGather(at);
    for (const id of cancellationIds) {
      fetches.mailboxes.push(evidenceMailbox(this.prefix, id));
      fetches.expiries.push(expiresAt);
    }
    return fetches.recorded;
  }

  /** What the event loop has at hand is one script then: one for each fetch would be a fifth of the work of its request. */
  private beginToGather(at: number): Fetches {
    const mailboxes: string[] = [];
    const expiries: number[] = [];
    const recorded = setImmediate().then(() => {
      this.fetches.delete(at);
      return this.setFirst(mailboxes, at, ...this.announcement(mailboxes, at), ...expiries);
    });
    const fetches = { mailboxes, expiries, recorded };
    this.fetches.set(at, fetches);
    return fetches;
  }

  private makeRoomFor({ callKey }: StreamNaming, commands: ChainableCommander): void {
    const now = this.clock.now();
    makeRoom(commands, this.prefix, 'known', knownStreamsKey(this.prefix, callKey), now);
    makeRoom(commands, this.prefix, 'over', endedStreamsKey(this.prefix, callKey), now);
  }

  private announcement(mailboxes: readonly string[], at: number): [channel: string, message: string] {
    return [evidenceChannel(this.prefix), JSON.stringify({ mailboxes, at })];
  }

  /** @param put hands it to Redis; not asked where too much waits for that already */
  private async keep(evidence: object, put: () => Promise<unknown>): Promise<void> {
    if (this.pending.size >= MAX_PENDING) {
      this.logger.error('evidence dropped, since Redis has been away for too long', evidence);
      return;
    }
    const recording = put().then(
      () => undefined,
      (error: unknown) =>
        this.logger.error('evidence was not recorded', { ...evidence, error: String(error) }),
    );
    this.pending.add(recording);
    await recording;
    this.pending.delete(recording);
  }
}

const mostStreams = (isGenuine: boolean): number => (isGenuine ? MAX_KNOWN_STREAMS : MAX_UNSIGNED_STREAMS);
