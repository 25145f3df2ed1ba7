import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import type { Role, ServiceEnvironment } from '../../config/service.environment.js';
import { version } from '../../platform/package-info.js';
import type { SharedClock } from '../../platform/redis/shared-clock.js';

/** What a process says of itself; times are epoch milliseconds. */
export interface ProcessReport {
  /** Its host, its process ID there, and a random part. */
  readonly id: string;
  readonly roles: readonly Role[];
  /** Of the service. */
  readonly version: string;
  readonly startedAt: number;
  /** When its worker last asked for a job and got an answer; null if it has no worker, or that has not asked yet. */
  readonly lastPickUpAt: number | null;
  /** For how many seconds its worker could have asked for a job, and has not. */
  readonly idleForS: number;
}

/** This process, as the others see it. */
@Injectable()
export class OwnProcess {
  /** In containers, every process has the same process ID; in tests, several services share one. */
  readonly id = `${hostname()}:${process.pid}:${randomBytes(2).toString('hex')}`;
  private readonly madeAt = performance.now();
  private startedAt: number | null = null;
  private lastPickUpAt: number | null = null;
  private idleForS = 0;

  constructor(
    private readonly environment: Pick<ServiceEnvironment, 'ROLES'>,
    private readonly clock: Pick<SharedClock, 'now'>,
  ) {}

  /** Its worker has asked for a job and got an answer. */
  pickedUp(): void {
    this.lastPickUpAt = this.clock.now();
    this.idleForS = 0;
  }

  /** Its worker could have asked for a job, and has not for so long. */
  idledFor(seconds: number): void {
    this.idleForS = seconds;
  }

  report(): ProcessReport {
    // Fixed with the first report, because the clock is not exact.
    this.startedAt ??= Math.floor(this.clock.now() - (performance.now() - this.madeAt));
    const { id, startedAt, lastPickUpAt, idleForS } = this;
    return { id, roles: this.environment.ROLES, version, startedAt, lastPickUpAt, idleForS };
  }
}
