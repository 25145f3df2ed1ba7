import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { freePort } from '../free-port.js';
import { withVariables } from './commands.js';
import { pingRedis } from './redis-url.js';

const START_LIMIT_MS = 10_000;
const STOP_LIMIT_MS = 2_000;
const KEPT_LINES = 10;
const PORT_TRIES = 3;
const LOOPBACK = '127.0.0.1';
/** What a server writes once it listens; the second is a Sentinel's. */
const READY = /Ready to accept connections|Sentinel ID is/;

/**
 * Ends the server and removes its data if this process dies. A background shell reads descriptor 3, a pipe from this
 * process: a line means that the server has ended, end of file without a line that this process has. `exec` gives the
 * server the pid that Node knows.
 */
const SUPERVISED = `
data=$1; shift
(read -r _ <&3 || { kill -KILL $$; rm -rf "$data"; }) </dev/null >/dev/null 2>&1 &
exec "$@" 3<&-
`;

export interface RedisBinary {
  /** A redis-server or valkey-server: a path, or a name on the PATH. */
  readonly binary: string;
  /** Added to the inherited environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RedisServerOptions extends RedisBinary {
  /** The address at which it listens; default: loopback. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** The beginning of its command line, such as a program that enters a namespace. */
  readonly within?: readonly string[];
  /** Keeps every acknowledged write across `kill` and `restart`; otherwise nothing is kept. */
  readonly appendOnly?: boolean;
  /** First on its command line: a configuration file, and further settings. */
  readonly settings?: readonly string[];
}

/**
 * Starts a Redis with a temporary data folder and waits until it answers.
 *
 * @throws {Error} with the last lines of the server's output
 */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const data = await mkdtemp(join(tmpdir(), 'streamstop-redis-'));
    const server = new RedisServer(options, port, data);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.close();
      // Another process may have taken the free port in between.
      const portTaken = (error as Error).message.includes('Address already in use');
      if (!portTaken || options.port !== undefined || attempt === PORT_TRIES) {
        throw error;
      }
    }
  }
}

/** A Redis process of our own, which can also be paused, killed and started again. */
export class RedisServer {
  readonly url: string;
  private process?: RunningProcess;

  constructor(
    readonly options: RedisServerOptions,
    readonly port: number,
    readonly dataFolder: string,
  ) {
    this.url = `redis://${options.host ?? LOOPBACK}:${port}`;
  }

  get description(): string {
    return this.options.binary;
  }

  /** Undefined while the server is down. */
  get pid(): number | undefined {
    return this.process?.child.pid;
  }

  /** Starts the server on its port and data, unless it runs. */
  async start(): Promise<void> {
    if (this.process) {
      return;
    }
    const running = this.spawn();
    this.process = running;
    try {
      await running.ready;
      await pingRedis(this.url, START_LIMIT_MS);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Stops the server in an orderly way, or by force after 2 s. Port and data are kept for `start`. */
  async stop(): Promise<void> {
    const running = this.process;
    if (!running) {
      return;
    }
    running.child.kill('SIGTERM');
    // A paused process handles SIGTERM only once it continues.
    running.child.kill('SIGCONT');
    const force = setTimeout(() => running.child.kill('SIGKILL'), STOP_LIMIT_MS);
    await running.ended;
    clearTimeout(force);
  }

  /** Ends the server like a crash. Port and data are kept for `start`. */
  async kill(): Promise<void> {
    this.process?.child.kill('SIGKILL');
    await this.process?.ended;
  }

  /** Freezes the server: connections stay open, and nothing answers. */
  pause(): void {
    this.process?.child.kill('SIGSTOP');
  }

  resume(): void {
    this.process?.child.kill('SIGCONT');
  }

  /** Stops the server if it runs, and starts it again on its port and data. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Stops the server for good and removes its data. */
  async close(): Promise<void> {
    await this.stop();
    await rm(this.dataFolder, { recursive: true, force: true });
  }

  private spawn(): RunningProcess {
    const { binary, env, settings = [], within = [] } = this.options;
    // Newer servers refuse to start if the environment's locale is not installed.
    const server = withVariables({ LC_ALL: 'C', ...env }, [binary, ...settings, ...this.ownSettings()]);
    const child = spawn('sh', ['-c', SUPERVISED, 'sh', this.dataFolder, ...within, ...server], {
      // A process group of its own: Ctrl-C must not end Redis before its users have drained.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    child.once('close', () => {
      this.process = undefined;
    });
    return watch(child);
  }

  private ownSettings(): string[] {
    // `always`, so that acknowledged writes survive a kill.
    const persistence = this.options.appendOnly
      ? ['--appendonly', 'yes', '--appendfsync', 'always']
      : ['--appendonly', 'no'];
    return [
      ['--port', String(this.port)],
      ['--bind', this.options.host ?? LOOPBACK],
      ['--dir', this.dataFolder],
      ['--save', ''],
      persistence,
      ['--maxmemory-policy', 'noeviction'],
    ].flat();
  }
}

interface RunningProcess {
  readonly child: ChildProcess;
  /** Rejects if the process ends first or takes too long. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
}

function watch(child: ChildProcess): RunningProcess {
  const lines: string[] = [];
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const lifeline = child.stdio[3] as Writable;
  // The background shell may be gone already.
  lifeline.on('error', () => undefined);
  child.once('exit', () => lifeline.end('\n'));

  const ready = new Promise<void>((resolve, reject) => {
    const fail = (reason: string): void => reject(new Error([reason, ...lines].join('\n')));
    const limit = setTimeout(
      () => fail(`The server was not ready within ${START_LIMIT_MS / 1000} s`),
      START_LIMIT_MS,
    );
    const onLine = (line: string): void => {
      lines.push(line);
      lines.splice(0, lines.length - KEPT_LINES);
      if (READY.test(line)) {
        clearTimeout(limit);
        resolve();
      }
    };
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output as Readable }).on('line', onLine);
    }
    child.once('error', (error) => fail(error.message));
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      fail(`The server ended at once (${signal ?? `exit code ${code}`})`);
    });
  });
  return { child, ready, ended };
}
