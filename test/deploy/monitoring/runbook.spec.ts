import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from './promtool.js';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

const RUNBOOK = read('docs/runbook.md');
const RULE = /^ +- alert: (?<name>\w+)$[^]*?^ +runbook_url: (?<url>.+)$/gm;

const rules = RULES.map((file) => readFileSync(file, 'utf8')).join('\n');
const alerts = [...rules.matchAll(RULE)].map(({ groups = {} }) => ({
  name: groups['name'] ?? '',
  url: groups['url'] ?? '',
}));
const sections = new Map(
  RUNBOOK.split(/^### /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section.split(/^## /m)[0] ?? '']),
);

describe('the runbook', () => {
  it('has a section for each alert, and for no other', () => {
    expect(alerts).toHaveLength(rules.match(/- alert: /g)?.length ?? 0);
    expect([...sections.keys()].toSorted()).toEqual(alerts.map(({ name }) => name).toSorted());
  });

  it.each(alerts)('is where the alert $name leads', ({ name, url }) => {
    expect(url).toBe(`docs/runbook.md#${name.toLowerCase()}`);
  });

  it.each(alerts)('says of $name how to confirm it and what to do, or where that is said', ({ name }) => {
    const section = sections.get(name) ?? '';
    const saysItself = section.includes('- **Confirm**: ') && section.includes('- **Do**: ');
    expect(saysItself || /See \[|find the commonest/.test(section)).toBe(true);
  });

  it.each(['SignalWire is down', 'Documents are not fetched', 'Redis is full', 'A call was lost', 'Upgrade'])(
    'says what to do: %s',
    (title) => {
      expect(RUNBOOK).toMatch(new RegExp(`^## ${title}\n\n[^]*?^1\\. `, 'm'));
    },
  );

  it('names only routes and variables that there are', () => {
    const { paths } = JSON.parse(read('docs/openapi.json')) as {
      paths: Record<string, Record<string, object>>;
    };
    const routes = [...RUNBOOK.matchAll(/`(GET|POST|DELETE) (\/[\w/{}]*)/g)];
    expect(routes.length).toBeGreaterThan(10);
    for (const [, method = '', path = ''] of routes)
      expect([path, Object.keys(paths[path] ?? {})]).toEqual([
        path,
        expect.arrayContaining([method.toLowerCase()]) as string[],
      ]);
    const variables = [...RUNBOOK.matchAll(/`([A-Z]+(?:_[A-Z]+)+)[=`]/g)].map(([, name = '']) => name);
    expect(variables.length).toBeGreaterThan(10);
    for (const name of variables) expect(read('.env.example')).toMatch(new RegExp(`^(?:# )?${name}=`, 'm'));
  });

  it('says how to change every secret that the service can have in a file, and every key', async () => {
    const { FROM_FILES } = await import('../../../src/config/secret-files.js');
    const table = RUNBOOK.split('## Change a secret')[1]?.split('\n## ')[0] ?? '';
    for (const name of [...FROM_FILES, 'API_KEYS_FILE']) expect(table).toContain(`\`${name}\``);
  });
});
