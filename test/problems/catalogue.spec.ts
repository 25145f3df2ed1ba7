import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withSection } from '../support/marked-section.js';
import { problemsTable } from './problems-table.js';

it('explains in docs/api.md every problem as the API does', () => {
  const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  expect(page).toBe(withSection(page, 'problems', problemsTable()));
});
