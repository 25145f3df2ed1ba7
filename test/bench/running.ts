import type { ChildProcess } from 'node:child_process';
import type { Watched } from './child.js';

/** A process under measurement, or one that serves it. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Empty where it listens on no port. */
  readonly url: string;
  /** By `performance.now()`. */
  readonly startedAt: number;
}

export interface RunningService extends Running {
  /** Of its documents; empty without the role. */
  readonly documentsUrl: string;
  readonly linkSecret: string;
}

export interface ServiceSetup extends Watched {
  readonly roles: string;
  readonly prefix: string;
  /** In the place of SignalWire. */
  readonly stubUrl?: string;
}

export const running = (child: ChildProcess, port: number): Running => ({
  child,
  pid: child.pid ?? 0,
  url: port === 0 ? '' : `http://127.0.0.1:${port}`,
  startedAt: performance.now(),
});
