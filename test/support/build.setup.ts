import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder with the compiled service. */
    built: string;
  }
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles the service for the tests that run it as a process, into a folder that only this run uses. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'streamstop-test-'));
  const built = join(folder, 'dist');
  await cp(join(ROOT, 'package.json'), join(folder, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  // `npm run types` checks the types.
  const compile = ['tsc', '-p', 'tsconfig.build.json', '--noCheck', '--outDir', built];
  await promisify(execFile)('npx', compile, { cwd: ROOT });
  project.provide('built', built);
  return () => rm(folder, { recursive: true });
}
