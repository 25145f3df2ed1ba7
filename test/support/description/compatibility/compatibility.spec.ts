import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { OpenApi } from '../open-api.js';
import { breakingChanges, mayBreak } from './breaking-changes.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const FILE = 'docs/openapi.json';

/** Null if git does not know it, or is not there. */
function git(...words: string[]): string | null {
  try {
    return execFileSync('git', words, {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1e8,
    });
  } catch {
    return null;
  }
}

/** The last release before this commit, or else the commit before. */
const base = (): string =>
  git('describe', '--tags', '--abbrev=0', '--match', 'v*', 'HEAD^')?.trim() ?? 'HEAD^';

it('breaks no client of the API before the next version that may', ({ skip }) => {
  const from = base();
  const before = git('show', `${from}:${FILE}`);
  skip(before === null, `${from} has no ${FILE} to compare with`);
  const old = JSON.parse(before ?? '') as OpenApi;
  const now = JSON.parse(readFileSync(`${ROOT}${FILE}`, 'utf8')) as OpenApi;
  const breaks = mayBreak(old.info?.version ?? '', now.info?.version ?? '') ? [] : breakingChanges(old, now);
  expect(breaks).toEqual([]);
});
