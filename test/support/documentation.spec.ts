import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const PAGES = ['README.md', ...pagesIn('docs/'), ...pagesIn('docs/decisions/')];

function pagesIn(folder: string): string[] {
  const files = readdirSync(new URL(folder, ROOT));
  return files.filter((file) => file.endsWith('.md')).map((file) => folder + file);
}

const textOf = (url: URL): string => readFileSync(url, 'utf8').replaceAll(/^```.*?^```/gms, '');

/** The anchors that GitHub gives to the headings of a page. */
const anchorsOf = (url: URL): string[] =>
  [...textOf(url).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

function brokenLinksOf(page: string): string[] {
  const links = [...textOf(new URL(page, ROOT)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    const target = new URL(link, new URL(page, ROOT));
    if (target.protocol !== 'file:') return false;
    const anchor = target.hash.slice(1);
    target.hash = '';
    return !existsSync(target) || (anchor !== '' && !anchorsOf(target).includes(anchor));
  });
}

describe('the documentation', () => {
  it.each(PAGES)('has no broken link in %s', (page) => {
    expect(brokenLinksOf(page)).toEqual([]);
  });

  it('has a README of at most 250 lines', () => {
    expect(readFileSync(new URL('README.md', ROOT), 'utf8').split('\n').length).toBeLessThanOrEqual(251);
  });
});
