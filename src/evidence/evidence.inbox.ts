import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import pTimeout, { TimeoutError } from 'p-timeout';
import { NO_PROOF, together } from '../cancellation/proof.js';
import type { Proof } from '../cancellation/proof.js';
import { redisTargetOf } from '../config/redis/redis.environment.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Readiness } from '../platform/health/readiness.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { connectSubscriber } from '../platform/redis/connection/connections.js';
import type { RedisClient } from '../platform/redis/connection/client.js';
import { WorkerConnection } from '../queue/connections/worker.connection.js';
import {
  evidenceChannel,
  evidenceMailbox,
  fetchAt,
  parseAnnouncement,
  parseMailbox,
  proofIn,
  stoppedMailbox,
  stopOf,
} from './evidence.js';
import type { Subject } from './evidence.js';
import { Gathering } from './gathering.js';

/**
 * How often the subscription is made again, which does nothing where it stands. A subscriber sends nothing by itself,
 * so nothing else would show that its connection has gone silent, or that a cluster's moved to another node.
 */
const HEARTBEAT_MS = 2000;

/** Longer than a failover, and than the 12 s after which the connection to a single Redis is dropped anyway. */
const SUBSCRIBE_TIMEOUT_MS = 15_000;

/** Until a subscription that Redis refused is tried again. */
const RETRY_MS = 1000;

/** Listens for the evidence of one cancellation until it is closed. */
export interface EvidenceWatch {
  /**
   * Resolves as soon as the proof is enough, or after `timeoutMs` with what is known by then; the mailboxes are then
   * read once more.
   *
   * @throws the reason of `signal` once that is aborted
   */
  until(isEnough: (proof: Proof) => boolean, timeoutMs: number, signal: AbortSignal): Promise<Proof>;
  close(): void;
}

type Listener = (at: number) => void;

/** Where a worker learns of evidence: by subscription, and from mailboxes for what came while nobody listened. */
@Injectable()
export class EvidenceInbox implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(EvidenceInbox.name);
  private readonly malformed = new RareLine(this.logger, 'warn', 'ignored a malformed message');
  private readonly unread = new RareLine(this.logger, 'warn', 'the mailboxes were not read');
  private readonly refused = new RareLine(this.logger, 'error', 'could not subscribe to evidence');
  private readonly tooOld = new RareLine(
    this.logger,
    'log',
    'stream-stopped callback ignored: it is older than the cancellation',
  );
  private readonly subscriber: RedisClient;
  private readonly prefix: string;
  private readonly listeners = new Map<string, Set<Listener>>();
  private heartbeat: NodeJS.Timeout;
  private retry: NodeJS.Timeout;
  private subscribed = false;

  constructor(
    environment: ServiceEnvironment,
    private readonly connection: WorkerConnection,
    private readonly readiness: Readiness,
  ) {
    this.prefix = environment.QUEUE_PREFIX;
    this.subscriber = connectSubscriber(redisTargetOf(environment));
  }

  onModuleInit(): void {
    this.subscriber.on('message', (_channel, message) => this.deliver(message));
    this.subscriber.on('ready', () => void this.subscribe());
    this.subscriber.on('close', () => {
      this.subscribed = false;
      clearTimeout(this.retry);
    });
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS).unref();
    this.readiness.expect('evidence', () => this.subscribed);
  }

  /** Opened before the POST, because SignalWire often fetches the document before its answer is read. */
  watch(subject: Subject): EvidenceWatch {
    const gathering = new Gathering();
    const [fetched, ...stopped] = this.mailboxesOf(subject);
    const stopListening = [
      this.listen(fetched, (at) => gathering.add(fetchAt(at))),
      ...stopped.map((mailbox) => this.listen(mailbox, (at) => gathering.add(this.stopFor(subject, at)))),
    ];
    return {
      until: async (isEnough, timeoutMs, signal) => {
        const proof = await gathering.until(isEnough, Math.max(1, timeoutMs), signal);
        return isEnough(proof) ? proof : together(proof, await this.read(subject));
      },
      close: () => {
        for (const stop of stopListening) stop();
      },
    };
  }

  /** What has been recorded so far, by whichever attempt. */
  async read(subject: Subject): Promise<Proof> {
    const contents = await this.connection.redis.mget(...this.mailboxesOf(subject));
    return proofIn(subject, contents, (of, at) => this.stopFor(of, at));
  }

  onApplicationShutdown(): void {
    clearInterval(this.heartbeat);
    clearTimeout(this.retry);
    this.subscriber.disconnect();
  }

  /** Nothing that was sent waits for a lost connection, which subscribes once it is ready again. */
  private beat(): void {
    if (this.subscriber.status === 'ready') void this.subscribe();
  }

  private async subscribe(): Promise<void> {
    clearTimeout(this.retry);
    try {
      await pTimeout(this.subscriber.subscribe(evidenceChannel(this.prefix)), {
        milliseconds: SUBSCRIBE_TIMEOUT_MS,
      });
      this.subscribed = true;
      void this.catchUp();
    } catch (error) {
      if (error instanceof TimeoutError) this.subscriber.disconnect(true);
      if (this.subscriber.status !== 'ready') return;
      this.refused.write({ error: String(error) });
      this.retry = setTimeout(() => void this.subscribe(), RETRY_MS).unref();
    }
  }

  /** The `Timestamp` of such a callback is more than 30 s before the cancellation: see `latestEventTime`. */
  private stopFor(subject: Subject, at: number | null): Proof {
    const proof = stopOf(subject, at);
    if (at !== null && proof === NO_PROOF) {
      const { cancellationId, createdAt } = subject;
      this.tooOld.write({ cancellationId, createdAt: new Date(createdAt), stoppedAt: new Date(at) });
    }
    return proof;
  }

  private mailboxesOf({ cancellationId, streamKeys }: Subject): [fetched: string, ...stopped: string[]] {
    const stopped = streamKeys.map((key) => stoppedMailbox(this.prefix, key));
    return [evidenceMailbox(this.prefix, cancellationId), ...stopped];
  }

  /** @returns what ends it */
  private listen(mailbox: string, listener: Listener): () => void {
    const listeners = this.listeners.get(mailbox) ?? new Set();
    this.listeners.set(mailbox, listeners.add(listener));
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.listeners.delete(mailbox);
    };
  }

  private deliver(message: string): void {
    const announcement = parseAnnouncement(message);
    if (announcement === null) this.malformed.write({});
    else for (const mailbox of announcement.mailboxes) this.tell(mailbox, announcement.at);
  }

  private tell(mailbox: string, at: number): void {
    for (const listener of this.listeners.get(mailbox) ?? []) listener(at);
  }

  /** What was published while the subscription was broken is lost; the mailboxes are not. */
  private async catchUp(): Promise<void> {
    const mailboxes = [...this.listeners.keys()];
    if (mailboxes.length === 0) return;
    try {
      const contents = await this.connection.redis.mget(mailboxes);
      for (const [index, mailbox] of mailboxes.entries()) {
        const at = parseMailbox(contents[index]);
        if (at !== null) this.tell(mailbox, at);
      }
    } catch (error) {
      this.unread.write({ error: String(error) });
    }
  }
}
