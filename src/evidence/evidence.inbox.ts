import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Readiness } from '../monitoring/readiness.js';
import { connectWaiting } from '../redis/connections.js';
import { WorkerConnection } from '../redis/worker.connection.js';
import { evidenceChannel, evidenceMailbox, parseEvidence, parseMailbox } from './evidence.js';

/** A subscriber sends nothing by itself, so nothing would tell it that its connection has gone silent. */
const HEARTBEAT_MS = 5000;

/** Listens for the evidence of one cancellation, from before its POST until it is closed. */
export interface EvidenceWatch {
  /**
   * When the stop document was fetched, in epoch milliseconds; null where that is not known within `timeoutMs`.
   *
   * @throws the reason of `signal` once that is aborted
   */
  documentFetched(timeoutMs: number, signal?: AbortSignal): Promise<number | null>;
  close(): void;
}

type Listener = (documentFetchedAt: number) => void;

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
  }

  /** Opened before the POST, since the document is often fetched before SignalWire's answer is read. */
  watch(cancellationId: string): EvidenceWatch {
    const { promise: arrival, resolve } = withResolvers<number>();
    const listeners = this.listeners.get(cancellationId) ?? new Set();
    this.listeners.set(cancellationId, listeners.add(resolve));
    return {
      documentFetched: (timeoutMs, signal) =>
        pTimeout(arrival, {
          milliseconds: timeoutMs,
          fallback: () => this.earlier(cancellationId),
          ...(signal && { signal }),
        }),
      close: () => {
        listeners.delete(resolve);
        if (listeners.size === 0) this.listeners.delete(cancellationId);
      },
    };
  }

  /** What has been recorded so far: by a link of an earlier attempt, or while nobody listened. */
  async earlier(cancellationId: string): Promise<number | null> {
    return parseMailbox(await this.connection.redis.get(evidenceMailbox(this.prefix, cancellationId)));
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
      this.catchUp();
    } catch (error) {
      if (this.subscriber.status !== 'ready') return;
      this.logger.error('no evidence can be heard', { error: String(error) });
      this.subscriber.disconnect(true);
    }
  }

  private deliver(message: string): void {
    const evidence = parseEvidence(message);
    if (evidence === null) this.logger.warn('an announcement that is no evidence was passed over');
    else this.tell(evidence.cancellationId, evidence.documentFetchedAt);
  }

  private tell(cancellationId: string, documentFetchedAt: number): void {
    for (const listener of this.listeners.get(cancellationId) ?? []) listener(documentFetchedAt);
  }

  /** Announcements made while the subscription was broken are lost; the mailboxes are not. */
  private catchUp(): void {
    for (const cancellationId of this.listeners.keys()) {
      this.earlier(cancellationId)
        .then(
          (documentFetchedAt) => documentFetchedAt !== null && this.tell(cancellationId, documentFetchedAt),
        )
        .catch((error: unknown) =>
          this.logger.warn('a mailbox was not read', { cancellationId, error: String(error) }),
        );
    }
  }
}

/** `Promise.withResolvers` of Node 22. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
