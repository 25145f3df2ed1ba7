import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { untilReady } from '../../../src/demo/until-ready.js';
import { ExpectationError } from '../drill.js';

const MAIN = fileURLToPath(new URL('../../../src/main.js', import.meta.url));
const ENDS_WITH_PARENT = new URL('ends-with-parent.js', import.meta.url).href;

/** Enough for the message of a process that refuses to start. */
const KEPT_CHARACTERS = 2000;

/** A process of the compiled service that can be killed, stopped and restarted with the same variables. */
export class ServiceProcess {
  private child?: ChildProcess;
  private exit: Promise<number | null> = Promise.resolve(null);
  private written = '';

  /**
   * @param variables its whole environment
   * @param url where it serves health and metrics, and the API if it has that role
   * @param within the beginning of its command line
   */
  constructor(
    readonly variables: Readonly<Record<string, string>>,
    readonly url: string,
    private readonly within: readonly string[] = [],
  ) {}

  /** The last of its stderr. */
  get errors(): string {
    return this.written.trim();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  spawn(): void {
    const [program, ...words] = [...this.within, process.execPath, '--import', ENDS_WITH_PARENT, MAIN];
    const child = spawn(program, words, {
      env: this.variables,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.written = '';
    child.stderr.on('data', (chunk: Buffer) => {
      this.written = (this.written + chunk.toString()).slice(-KEPT_CHARACTERS);
    });
    this.child = child;
    this.exit = once(child, 'close').then(([code]) => code as number | null);
  }

  /** Starts it and waits until it is ready. @throws {ExpectationError} it ended instead */
  async start(signal: AbortSignal): Promise<void> {
    this.spawn();
    const settled = new AbortController();
    const ready = untilReady(`${this.url}/health/ready`, AbortSignal.any([signal, settled.signal]));
    const ended = this.exit.then((code) => {
      throw new ExpectationError(`${this.variables['ROLES']} ended with exit code ${code}: ${this.errors}`);
    });
    try {
      await Promise.race([ready, ended]);
    } finally {
      settled.abort();
    }
  }

  /** Resolves with the exit code; null if a signal ended it. */
  ended(): Promise<number | null> {
    return this.exit;
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.exit;
  }

  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null> {
    this.child?.kill('SIGTERM');
    return this.exit;
  }

  /** The sum over a metric's series; null if there are none. */
  async metric(name: string): Promise<number | null> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const values = [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))];
    return values.length === 0 ? null : values.reduce((sum, [, value]) => sum + Number(value), 0);
  }
}
