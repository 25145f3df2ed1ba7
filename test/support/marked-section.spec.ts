import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { withSection } from './marked-section.js';
import { ProgramError } from '../../src/demo/program.js';

const PAGE = 'before\n<!-- load -->\nold\n<!-- /load -->\nafter\n';

describe('a section written by a program', () => {
  it('replaces the previous one and leaves the rest alone', () => {
    const written = 'before\n<!-- load -->\n\nnew\n\n<!-- /load -->\nafter\n';
    expect(withSection(PAGE, 'load', 'new')).toBe(written);
    expect(withSection(written, 'load', 'new')).toBe(written);
  });

  it('needs both of its marks', () => {
    expect(() => withSection(PAGE, 'soak', 'new')).toThrow(ProgramError);
    expect(() => withSection('<!-- /load -->\n<!-- load -->', 'load', 'new')).toThrow(ProgramError);
  });

  it.each([
    ['docs/load.md', 'load'],
    ['docs/load.md', 'soak'],
  ])('has its marks in %s: %s', async (file, name) => {
    const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(withSection(text, name, 'new')).toContain(`<!-- ${name} -->\n\nnew\n\n<!-- /${name} -->`);
  });
});
