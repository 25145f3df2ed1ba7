import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Readiness } from '../platform/health/readiness.js';
import { connectWaiting } from '../platform/redis/connections.js';
import { handOver } from '../platform/redis/transaction.js';
import { WorkerConnection } from '../queue/worker.connection.js';
import {
  evidenceChannel,
  evidenceMailbox,
  fetchAt,
  parseAnnouncement,
  parseMailbox,
  proofIn,
  stoppedMailbox,
  stopOf,
  together,
} from './evidence.js';
import type { Proof, Subject } from './evidence.js';
import { EvidenceExchange } from './evidence.exchange.js';
import { Gathering } from './gathering.js';

/** A subscriber sends nothing by itself, so nothing would tell it that its connection has gone silent. */
const HEARTBEAT_MS = 5000;

/** Listens for the evidence of one cancellation, from before its POST until it is closed. */
export interface EvidenceWatch {
  /**
   * Resolves as soon as the proof gathered so far is enough, else after `timeoutMs` with what is known by then, for
   * which the mailboxes are read once more.
   *
   * @throws the reason of `signal` once that is aborted
   */
  until(isEnough: (proof: Proof) => boolean, timeoutMs: number, signal?: AbortSignal): Promise<Proof>;
  close(): void;
}

/** Answers whether a run has all that it waited for now. */
type Listener = (at: number) => boolean;

/** Where a worker learns of evidence: announced by subscription, kept in a mailbox for the one that was not listening. */
@Injectable()
export class EvidenceInbox implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(EvidenceInbox.name);
  private readonly subscriber: Redis;
  private readonly prefix: string;
  private readonly listeners = new Map<string, Set<Listener>>();
  private heartbeat: NodeJS.Timeout;
  private subscribed = false;

  constructor(
    environment: ServiceEnvironment,
    private readonly connection: WorkerConnection,
    private readonly readiness: Readiness,
    private readonly exchange: EvidenceExchange,
  ) {
    this.prefix = environment.QUEUE_PREFIX;
    this.subscriber = connectWaiting(environment.REDIS_URL, this.logger);
  }

  onModuleInit(): void {
    this.subscriber.on('message', (_channel, message) => this.deliver(message));
    this.subscriber.on('ready', () => void this.subscribe());
    this.subscriber.on('close', () => (this.subscribed = false));
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS).unref();
    this.readiness.expect('evidence', () => this.subscribed);
    this.exchange.connect((mailbox, at) => this.tell(mailbox, at));
  }

  /** Opened before the POST, since the document is often fetched before SignalWire's answer is read. */
  watch(subject: Subject): EvidenceWatch {
    const gathering = new Gathering();
    const [fetched, ...stopped] = this.mailboxesOf(subject);
    const stopListening = [
      this.listen(fetched, (at) => gathering.add(fetchAt(at))),
      ...stopped.map((mailbox) => this.listen(mailbox, (at) => gathering.add(stopOf(subject, at)))),
    ];
    return {
      until: async (isEnough, timeoutMs, signal) => {
        const proof = await gathering.until(isEnough, Math.max(1, timeoutMs), signal);
        return isEnough(proof) ? proof : this.withEarlier(subject, proof, signal);
      },
      close: () => {
        for (const stop of stopListening) stop();
      },
    };
  }

  /** Announcements may have been missed. The mailboxes may take long to be read, too. */
  private async withEarlier(subject: Subject, proof: Proof, signal?: AbortSignal): Promise<Proof> {
    const earlier = this.earlier(subject);
    const options = { milliseconds: Infinity, ...(signal && { signal }) };
    return together(proof, await pTimeout(earlier, options));
  }

  /** What has been recorded so far: by a link of an earlier attempt, or while nobody listened. One round trip. */
  async earlier(subject: Subject): Promise<Proof> {
    return proofIn(subject, await this.connection.redis.mget(...this.mailboxesOf(subject)));
  }

  /**
   * Puts the fetch of a cancellation's document at `at` where its job's next start looks, and tells those who wait for it.
   *
   * @param until epoch milliseconds
   */
  async keep(cancellationId: string, at: number, until: number): Promise<void> {
    const mailbox = evidenceMailbox(this.prefix, cancellationId);
    const commands = this.connection.redis
      .multi()
      .set(mailbox, at, 'PXAT', until, 'NX')
      .publish(evidenceChannel(this.prefix), JSON.stringify({ mailboxes: [mailbox], at }));
    await handOver(commands);
  }

  onApplicationShutdown(): void {
    clearInterval(this.heartbeat);
    this.subscriber.disconnect();
  }

  private beat(): void {
    this.subscriber.ping().catch(() => undefined);
  }

  private async subscribe(): Promise<void> {
    try {
      await this.subscriber.subscribe(evidenceChannel(this.prefix));
      this.subscribed = true;
      void this.catchUp();
    } catch (error) {
      if (this.subscriber.status !== 'ready') return;
      this.logger.error('no evidence can be heard', { error: String(error) });
      this.subscriber.disconnect(true);
    }
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
    if (announcement === null) this.logger.warn('an announcement that is no evidence was passed over');
    else for (const mailbox of announcement.mailboxes) this.tell(mailbox, announcement.at);
  }

  private tell(mailbox: string, at: number): boolean {
    return [...(this.listeners.get(mailbox) ?? [])].filter((listener) => listener(at)).length > 0;
  }

  /** Announcements made while the subscription was broken are lost; the mailboxes are not. */
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
      this.logger.warn('the mailboxes were not read', { error: String(error) });
    }
  }
}
