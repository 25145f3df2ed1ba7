import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { describe, expect, inject, it } from 'vitest';
import { freePort } from '../../src/demo/free-port.js';
import { withVariables } from '../../src/demo/redis/commands.js';
import { pingRedis } from '../../src/demo/redis/redis-url.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIMITS = { timeout: 180_000 };

/** Starts the compiled demo in a process group of its own; an empty REDIS_URL counts as unset. */
function startDemo(redisUrl: string) {
  const [command, ...args] = withVariables({ REDIS_URL: redisUrl }, [
    process.execPath,
    `${inject('built')}/demo/demo.js`,
  ]);
  const demo = spawn(command, args, { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { output: '', errors: '' };
  demo.stdout.on('data', (chunk: Buffer) => (written.output += chunk.toString()));
  demo.stderr.on('data', (chunk: Buffer) => (written.errors += chunk.toString()));
  const lines = createInterface({ input: demo.stdout });
  const exit = once(demo, 'close');
  return {
    demo,
    /** The first line that contains the text. */
    line: async (part: string): Promise<string> => {
      for await (const line of lines) if (line.includes(part)) return line;
      throw new Error(`no line with ${part}`);
    },
    ended: async () => {
      const [exitCode] = (await exit) as [number | null];
      return { exitCode, ...written };
    },
  };
}

/** The URL of the Redis that the demo started. */
const redisUrlIn = (output: string): string => /redis:\/\/\S+/.exec(output)?.[0] ?? '';

const isGroupAlive = (pid: number | undefined): boolean => {
  try {
    return process.kill(-Number(pid), 0);
  } catch {
    return false;
  }
};

describe('the demo', () => {
  it('shows one cancellation with a Redis of its own, and leaves nothing behind', LIMITS, async () => {
    const { demo, ended } = startDemo('');
    const { exitCode, output, errors } = await ended();
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });

    const steps = [...output.matchAll(/^ +(\d+) {2}(.+)$/gm)].map(([, ms, name]) => ({
      ms: Number(ms),
      name,
    }));
    const names = steps.map(({ name }) => name);
    expect(names.slice(0, 2)).toEqual(['cancellation accepted', 'Update a Call sent']);
    // The rest follows within milliseconds, and the clocks of the two sides agree no better.
    expect(new Set(names.slice(2))).toEqual(
      new Set([
        'SignalWire answered 200',
        'stop document fetched',
        'cancellation succeeded',
        'stream stopped',
      ]),
    );
    expect(steps.map(({ ms }) => ms)).toEqual(steps.map(({ ms }) => ms).toSorted((a, b) => a - b));

    expect(output).toMatch(/POST \/api\/laml\/2010-04-01\/Accounts\/\S+\/Calls\//);
    expect(output).toContain('<Stop><Stream name="stream"/></Stop>');
    expect(output).toContain('status succeeded, evidence document_fetched');
    expect(output).toContain('The call is in-progress');
    expect(output).not.toMatch(/Basic [A-Za-z0-9+/=]{8}/);
    expect(output).not.toContain('\u001B');
    await expect(pingRedis(redisUrlIn(output), 1000)).rejects.toThrow('ECONNREFUSED');
    expect(isGroupAlive(demo.pid)).toBe(false);
  });

  it('uses the Redis of REDIS_URL and leaves no key in it', LIMITS, async () => {
    const redis = new Redis(inject('redisUrl'));
    const { exitCode } = await startDemo(inject('redisUrl')).ended();
    expect(exitCode).toBe(0);
    expect(await redis.keys('*streamstop-demo-*')).toEqual([]);
    redis.disconnect();
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops everything it started on %s', LIMITS, async (signal, code) => {
    const { demo, line, ended } = startDemo('');
    const redisUrl = redisUrlIn(await line('redis://'));
    demo.kill(signal);
    // A second signal, which npm sends, changes nothing.
    demo.kill(signal);
    expect(await ended()).toMatchObject({ exitCode: code, errors: '' });
    await expect(pingRedis(redisUrl, 1000)).rejects.toThrow('ECONNREFUSED');
  });

  it('names REDIS_URL when no Redis answers there', LIMITS, async () => {
    const { exitCode, errors } = await startDemo(`redis://:hidden@127.0.0.1:${await freePort()}`).ended();
    expect(exitCode).toBe(1);
    expect(errors).toMatch(/^REDIS_URL is set to redis:\/\/:\*\*\*@\S+, but no Redis answers there: .+\n$/);
  });
});
