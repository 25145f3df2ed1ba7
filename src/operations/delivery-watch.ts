import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { closedGates } from '../gate/closed-gates.js';
import { Readiness } from '../platform/health/readiness.js';
import { ApiConnection } from '../queue/connections/api.connection.js';

const LOOK_EVERY_MS = 1000;

const ADVICE = 'Check that SignalWire can reach PUBLIC_URL (GET /setup), then POST /queue/resume';

/** Notices projects whose documents SignalWire does not fetch: the process is then degraded, and still accepts. */
@Injectable()
export class DeliveryWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout;
  private undelivered: readonly string[] = [];

  constructor(
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
    readiness: Readiness,
  ) {
    readiness.warn('delivery', () => (this.undelivered.length === 0 ? null : textOf(this.undelivered)));
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Without Redis it keeps what it knew. */
  async look(): Promise<void> {
    if (!this.connection.isReady) return;
    const gates = await closedGates(this.connection.redis, this.environment.QUEUE_PREFIX).catch(() => null);
    if (gates === null) return;
    this.undelivered = gates.filter(({ state }) => state === 'undelivered').map(({ project }) => project);
  }
}

const textOf = (projects: readonly string[]): string =>
  `SignalWire does not fetch the documents of ${projects.join(', ')}, so nothing is sent for it. ${ADVICE}`;
