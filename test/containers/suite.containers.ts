import { stripVTControlCharacters } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { docker } from './docker.js';

const IMAGE = 'streamstop-suite-test';
/** Several times as long as on an idle machine, because other work slows the suite down. */
const TIMEOUT_MS = 1_800_000;

it(
  "passes the whole suite on the image's Node.js",
  async () => {
    await docker(['build', '--target', 'test', '--tag', IMAGE, '.']);
    onTestFinished(async () => {
      // A run that took too long goes on in its container.
      await docker(['rm', '--force', IMAGE]);
      await docker(['image', 'rm', IMAGE]);
    });
    // --init, because npm as the first process would not reap the processes that the tests leave.
    const output = await docker(['run', '--rm', '--init', '--name', IMAGE, IMAGE]);
    expect(stripVTControlCharacters(output)).toMatch(/Test Files +\d+ passed \(/);
  },
  TIMEOUT_MS,
);
