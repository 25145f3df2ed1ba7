import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceProcess } from '../parts/service-process.js';

const STARTS_AGAIN_AFTER_MS = 300;

/** A process that is started again whenever it ends, as an orchestrator does. */
export class Supervised {
  private readonly over = new AbortController();
  private startsAgainAfterMs = STARTS_AGAIN_AFTER_MS;

  constructor(readonly process: ServiceProcess) {
    void this.keepRunning();
  }

  async kill(downForMs: number): Promise<void> {
    this.startsAgainAfterMs = downForMs;
    await this.process.kill();
  }

  async freeze(forMs: number): Promise<void> {
    const { pid } = this.process;
    if (pid === undefined) return;
    send(pid, 'SIGSTOP');
    await delay(forMs, undefined, { signal: this.over.signal }).finally(() => send(pid, 'SIGCONT'));
  }

  /** From now on it is not started again. */
  end(): void {
    this.over.abort();
  }

  private async keepRunning(): Promise<void> {
    const { signal } = this.over;
    while (!signal.aborted) {
      this.process.spawn();
      await this.process.ended();
      await delay(this.startsAgainAfterMs, undefined, { signal }).catch(() => undefined);
      this.startsAgainAfterMs = STARTS_AGAIN_AFTER_MS;
    }
  }
}

/** The process may have ended by itself meanwhile. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
