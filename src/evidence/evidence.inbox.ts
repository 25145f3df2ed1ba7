import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { ServiceEnvironment } from '../config/service.environment.js';
import { connectWaiting } from '../redis/connections.js';
import { WorkerConnection } from '../redis/worker.connection.js';
import { evidenceChannel, evidenceMailbox } from './evidence.js';
import type { Evidence } from './evidence.js';

/** Listens for the evidence of one cancellation, from before its POST until it is closed. */
export interface EvidenceWatch {
  /** When the stop document was fetched, in epoch milliseconds; null where that is not known within `timeoutMs`. */
  documentFetched(timeoutMs: number): Promise<number | null>;
  close(): void;
}

/** Where a worker learns of evidence: announced by subscription, kept in a mailbox for the one that was not listening. */
@Injectable()
export class EvidenceInbox implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(EvidenceInbox.name);
  private readonly subscriber: Redis;
  private readonly prefix: string;
  private readonly listeners = new Map<string, (documentFetchedAt: number) => void>();

  constructor(
    environment: ServiceEnvironment,
    private readonly connection: WorkerConnection,
  ) {
    this.prefix = environment.QUEUE_PREFIX;
    this.subscriber = connectWaiting(environment.REDIS_URL, this.logger);
  }

  onModuleInit(): void {
    this.subscriber.on('message', (_channel, message) => this.deliver(JSON.parse(message) as Evidence));
    this.subscriber.on('ready', () => this.catchUp());
    this.subscriber.subscribe(evidenceChannel(this.prefix)).catch((error: unknown) => {
      if (this.subscriber.status !== 'end')
        this.logger.error('no evidence can be heard', { error: String(error) });
    });
  }

  /** Opened before the POST, since the document is often fetched before SignalWire's answer is read. */
  watch(cancellationId: string): EvidenceWatch {
    const arrival = new Promise<number>((resolve) => this.listeners.set(cancellationId, resolve));
    return {
      documentFetched: (timeoutMs) =>
        pTimeout(arrival, { milliseconds: timeoutMs, fallback: () => this.earlier(cancellationId) }),
      close: () => this.listeners.delete(cancellationId),
    };
  }

  /** What has been recorded so far: by a link of an earlier attempt, or while nobody listened. */
  async earlier(cancellationId: string): Promise<number | null> {
    const documentFetchedAt = await this.connection.redis.get(evidenceMailbox(this.prefix, cancellationId));
    return documentFetchedAt === null ? null : Number(documentFetchedAt);
  }

  onApplicationShutdown(): void {
    this.subscriber.disconnect();
  }

  private deliver({ cancellationId, documentFetchedAt }: Evidence): void {
    this.listeners.get(cancellationId)?.(documentFetchedAt);
  }

  /** Announcements made while the subscription was broken are lost; the mailboxes are not. */
  private catchUp(): void {
    for (const [cancellationId, resolve] of this.listeners) {
      this.earlier(cancellationId)
        .then((documentFetchedAt) => documentFetchedAt !== null && resolve(documentFetchedAt))
        .catch((error: unknown) =>
          this.logger.warn('a mailbox was not read', { cancellationId, error: String(error) }),
        );
    }
  }
}
