import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the compiled program. */
    built: string;
  }
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILT = `${ROOT}node_modules/.cache/streamstop-test`;

/** Compiles the program for the tests that run it in processes of its own. */
export default async function setup(project: TestProject): Promise<void> {
  const run = promisify(execFile);
  await run('npx', ['tsc', '-p', 'tsconfig.build.json', '--outDir', BUILT], { cwd: ROOT });
  project.provide('built', BUILT);
}
