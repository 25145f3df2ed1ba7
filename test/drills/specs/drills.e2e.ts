import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';

const LIMITS = { timeout: 120_000 };
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

beforeAll(() => promisify(execFile)('npm', ['run', 'programs'], { cwd: ROOT }), LIMITS.timeout);

/** Starts the compiled drills in a process group of their own. */
function startDrills(...args: string[]) {
  const drills = spawn(process.execPath, [`${ROOT}.programs/test/drills/drills.js`, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void drills.kill('SIGKILL'));
  const written = { output: '', errors: '' };
  drills.stdout.on('data', (chunk: Buffer) => (written.output += chunk.toString()));
  drills.stderr.on('data', (chunk: Buffer) => (written.errors += chunk.toString()));
  const exit = once(drills, 'close');
  return {
    drills,
    lines: createInterface({ input: drills.stdout }),
    ended: async () => {
      const [exitCode] = (await exit) as [number | null];
      return { exitCode, ...written };
    },
  };
}

const isGroupAlive = (pid: number | undefined): boolean => {
  try {
    return process.kill(-Number(pid), 0);
  } catch {
    return false;
  }
};

describe('the drills', () => {
  it('run those with the word in their name and leave no process behind', LIMITS, async () => {
    const { drills, ended } = startDrills('scrape');
    expect(await ended()).toEqual({
      exitCode: 0,
      errors: '',
      output: expect.stringMatching(
        /^scrape-without-redis \(\d+ s\): yes\n\n\| fault .*\n.*\n\| Redis is away /,
      ) as string,
    });
    expect(isGroupAlive(drills.pid)).toBe(false);
  });

  it('end all their processes even on SIGKILL', LIMITS, async () => {
    const { drills, lines, ended } = startDrills('call-ended', 'rolling-restart');
    // The first one is over, so the second one has begun.
    await once(lines, 'line');
    drills.kill('SIGKILL');
    expect(await ended()).toMatchObject({ exitCode: null });
    await vi.waitFor(() => expect(isGroupAlive(drills.pid)).toBe(false), { timeout: 10_000 });
  });
});
