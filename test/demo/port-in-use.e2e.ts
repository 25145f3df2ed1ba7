import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { scratchFolder } from './fixtures/scratch.js';

const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url));

async function portInUse(): Promise<string> {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  return String((other.address() as AddressInfo).port);
}

/** The outcome of a command that fails. */
async function failureOf(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  const failure: unknown = await promisify(execFile)(command, args, { cwd, env }).catch(
    (error: unknown) => error,
  );
  const { code, stderr } = failure as { code: number; stderr: string };
  return { code, stderr };
}

describe('a program of the demo', () => {
  it.each([
    ['dev.js', 'PORT'],
    ['dev.js', 'PUBLIC_PORT'],
    ['dev.js', 'SIMULATOR_PORT'],
    ['simulator.js', 'SIMULATOR_PORT'],
  ])('%s ends with one line where %s is in use', async (program, name) => {
    const port = await portInUse();
    const ports = { PORT: '0', PUBLIC_PORT: '0', SIMULATOR_PORT: '0', [name]: port };
    expect(await failureOf(process.execPath, [`demo/${program}`], inject('built'), ports)).toEqual({
      code: 1,
      stderr: `port ${port} (${name}) is in use: stop the program that listens there, or set ${name} to another port\n`,
    });
  });
});

it.each(['start', 'setup-check'])(
  'npm run %s without a build says in one line to build first',
  async (script) => {
    const folder = await scratchFolder();
    await copyFile(PACKAGE, `${folder}/package.json`);
    expect(await failureOf('npm', ['--silent', 'run', script], folder, process.env)).toEqual({
      code: 1,
      stderr: 'Build it first: npm run build\n',
    });
  },
);
