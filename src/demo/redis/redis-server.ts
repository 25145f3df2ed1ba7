import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { freePort } from '../free-port.js';
import { withVariables } from './commands.js';
import { RedisStartError } from './redis.errors.js';
import { pingRedis } from './redis-url.js';

const START_LIMIT_MS = 10_000;
const STOP_LIMIT_MS = 2_000;
const KEPT_LINES = 10;
const PORT_TRIES = 3;

/**
 * The shell turns into the server (`exec`), so the pid that Node knows is the server's own and every signal
 * hits the server. Before, it leaves a watcher behind that reads descriptor 3, a pipe from this process: a
 * line means that the server has ended, an end without a line that this process died, and then the server
 * and its data go too.
 */
const SUPERVISED = `
data=$1; shift
(read -r _ <&3 || { kill -KILL $$; rm -rf "$data"; }) </dev/null >/dev/null 2>&1 &
exec "$@" 3<&-
`;

export interface RedisServerOptions {
  /** A redis-server or valkey-server. */
  readonly binary: string;
  /** Added to the inherited environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** A free one unless given. */
  readonly port?: number;
  /** Keeps every acknowledged write through `kill` and `restart`; nothing is kept otherwise. */
  readonly appendOnly?: boolean;
}

/**
 * Starts a Redis on 127.0.0.1 with a temporary data folder, and waits until it answers.
 *
 * @throws {RedisStartError} with the last lines of the server
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
      const portTaken = error instanceof RedisStartError && error.message.includes('Address already in use');
      if (!portTaken || options.port !== undefined || attempt === PORT_TRIES) {
        throw error;
      }
    }
  }
}

/** A Redis process of our own, which tests may also pause, kill and start again. */
export class RedisServer {
  readonly url: string;
  private process?: RunningProcess;

  constructor(
    readonly options: RedisServerOptions,
    readonly port: number,
    readonly dataFolder: string,
  ) {
    this.url = `redis://127.0.0.1:${port}`;
  }

  /** The pid of the server itself; undefined while none runs. */
  get pid(): number | undefined {
    return this.process?.child.pid;
  }

  /** Starts the server on its port and data, if it does not run. */
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

  /** Ends the server in good order, or by force if it takes too long. Port and data stay for `start`. */
  async stop(): Promise<void> {
    const running = this.process;
    if (!running) {
      return;
    }
    running.child.kill('SIGTERM');
    // A paused server takes its SIGTERM only when it goes on.
    running.child.kill('SIGCONT');
    const force = setTimeout(() => running.child.kill('SIGKILL'), STOP_LIMIT_MS);
    await running.ended;
    clearTimeout(force);
  }

  /** Ends the server as a crash would. Port and data stay for `start`. */
  async kill(): Promise<void> {
    this.process?.child.kill('SIGKILL');
    await this.process?.ended;
  }

  /** Freezes the server: connections stay open and nothing answers. */
  pause(): void {
    this.process?.child.kill('SIGSTOP');
  }

  resume(): void {
    this.process?.child.kill('SIGCONT');
  }

  /** Starts the server again on its port and data, after a stop if it still runs. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ends the server for good and removes its data. */
  async close(): Promise<void> {
    await this.stop();
    await rm(this.dataFolder, { recursive: true, force: true });
  }

  private spawn(): RunningProcess {
    const { binary, env } = this.options;
    // Newer servers refuse to start when the locale of the environment is not installed.
    const server = withVariables({ LC_ALL: 'C', ...env }, [binary, ...this.settings()]);
    const child = spawn('sh', ['-c', SUPERVISED, 'sh', this.dataFolder, ...server], {
      // A group of its own: Ctrl-C in a terminal must not end Redis before its users have drained.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    child.once('close', () => {
      this.process = undefined;
    });
    return watch(child);
  }

  private settings(): string[] {
    // `always`, for a test that kills the server must find what was acknowledged.
    const persistence = this.options.appendOnly
      ? ['--appendonly', 'yes', '--appendfsync', 'always']
      : ['--appendonly', 'no'];
    return [
      ['--port', String(this.port)],
      ['--bind', '127.0.0.1'],
      ['--dir', this.dataFolder],
      ['--save', ''],
      persistence,
      ['--maxmemory-policy', 'noeviction'],
    ].flat();
  }
}

interface RunningProcess {
  readonly child: ChildProcess;
  /** Rejects when the process ends before it is ready, or takes too long. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
}

function watch(child: ChildProcess): RunningProcess {
  const lines: string[] = [];
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const lifeline = child.stdio[3] as Writable;
  // The watcher may be gone by the time it is told.
  lifeline.on('error', () => undefined);
  child.once('exit', () => lifeline.end('\n'));

  const ready = new Promise<void>((resolve, reject) => {
    const fail = (reason: string): void => reject(new RedisStartError(reason, lines));
    const limit = setTimeout(() => fail(`No readiness within ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
    const onLine = (line: string): void => {
      lines.push(line);
      lines.splice(0, lines.length - KEPT_LINES);
      if (line.includes('Ready to accept connections')) {
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
