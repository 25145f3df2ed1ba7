import { stripVTControlCharacters } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { docker } from './docker.js';

const IMAGE = 'streamstop-suite-test';

it("passes the whole suite on the image's Node.js", async () => {
  await docker(['build', '--target', 'test', '--tag', IMAGE, '.']);
  onTestFinished(async () => {
    await docker(['image', 'rm', IMAGE]);
  });
  // --init, because npm as the first process would not reap the processes that the tests leave.
  const output = await docker(['run', '--rm', '--init', IMAGE]);
  expect(stripVTControlCharacters(output)).toMatch(/Test Files +\d+ passed \(/);
}, 600_000);
