import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';

const LIMITS = { timeout: 120_000 };

/** Starts the built drills in a process group of its own. */
function startDrills(...args: string[]) {
  const drills = spawn(process.execPath, [`${inject('built')}/development/drills.js`, ...args], {
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
  it('run those whose name has the word in it, and leave nothing behind', LIMITS, async () => {
    const { drills, ended } = startDrills('scrape');
    expect(await ended()).toEqual({
      exitCode: 0,
      errors: '',
      output: expect.stringMatching(
        /^scrape-without-redis \(\d+ s\): yes\n\n\| fault .*\n.*\n\| Redis away /,
      ) as string,
    });
    expect(isGroupAlive(drills.pid)).toBe(false);
  });

  it('name what there is where no name has the word in it', LIMITS, async () => {
    const { exitCode, errors } = await startDrills('nonsense').ended();
    expect(exitCode).toBe(1);
    expect(errors).toMatch(
      /^No drill has nonsense in its name. There are:\n {2}worker-killed-before-its-post\n/,
    );
  });

  it.each([
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const)('end on %s with all their processes', LIMITS, async (signal, code) => {
    const { drills, lines, ended } = startDrills('call-ended', 'rolling-restart');
    // One is over, and the other one has begun.
    await once(lines, 'line');
    drills.kill(signal);
    expect(await ended()).toMatchObject({ exitCode: code });
    await vi.waitFor(() => expect(isGroupAlive(drills.pid)).toBe(false), { timeout: 10_000 });
  });
});
