import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Readiness } from '../platform/health/readiness.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { ApiConnection } from '../queue/connections/api.connection.js';
import { isWorkerThere } from '../queue/connections/worker-sign.js';

const LOOK_EVERY_MS = 2000;

/** How long no worker may be seen before that counts: workers restart, and take a while to start. */
const PATIENCE_MS = 30_000;

const MISSING = `no worker for ${PATIENCE_MS / 1000} s: accepted cancellations wait. Start a process with ROLES=worker`;

/** Notices that nobody works on what is accepted: the process is then degraded, and still accepts. */
@Injectable()
export class WorkerWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(WorkerWatch.name);
  private readonly missing: Gauge;
  private timer: NodeJS.Timeout;
  /** By `performance.now()`; also when this was last not known. */
  private seenAt = performance.now();
  private isMissing = false;

  constructor(
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
    readiness: Readiness,
    { registry }: Metrics,
  ) {
    this.missing = new Gauge({
      name: 'streamstop_worker_missing',
      help: 'Whether no worker has been there for 30 s: 1 or 0',
      registers: [registry],
    });
    readiness.warn('worker', () => (this.isMissing ? MISSING : null));
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @param now by `performance.now()` */
  async look(now = performance.now()): Promise<void> {
    const isThere = await isWorkerThere(this.connection, this.environment.QUEUE_PREFIX).catch(() => null);
    // Without Redis, nobody can know.
    if (isThere !== false) this.seenAt = now;
    const isMissing = now - this.seenAt >= PATIENCE_MS;
    if (isMissing && !this.isMissing) this.logger.error('no worker is there', { reason: MISSING });
    if (!isMissing && this.isMissing) this.logger.log('a worker is back');
    this.isMissing = isMissing;
    this.missing.set(isMissing ? 1 : 0);
  }
}
