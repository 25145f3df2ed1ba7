import { PROBLEMS } from '../../src/problems/catalogue.js';

/** The problems as docs/api.md lists them. */
export const problemsTable = (): string =>
  [
    '| status | `code` | meaning | what to do |',
    '| --- | --- | --- | --- |',
    ...Object.values(PROBLEMS)
      .toSorted((a, b) => a.status - b.status)
      .map(({ status, code, title, advice }) => `| ${status} | \`${code}\` | ${title} | ${advice} |`),
  ].join('\n');
