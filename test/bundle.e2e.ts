import { readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { run } from './support/program.js';
import type { LogLine } from './support/program.js';
import { ApiClient, testVariables } from './support/service.js';

/** What only `test/process.e2e.ts` and its like do not show: they run the bundle too. */
describe('the bundle', () => {
  let variables: Record<string, string>;
  beforeAll(async () => {
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    variables = { ...(await testVariables(nowhere)), LOG_LEVEL: 'trace' };
  });

  it('leaves classes the names that the log shows', async () => {
    const service = run(variables);
    await service.logged('started');
    service.child.kill();
    const contexts = (await service.end()).output.map((line) => (JSON.parse(line) as LogLine).context);
    expect(contexts).toEqual(expect.arrayContaining(['Service', 'RedisGuard']));
    expect(contexts.filter((context = '') => !/^[A-Z][A-Za-z]+$/.test(context))).toEqual([]);
  });

  it('has the places of its own code in the sources, and none of what packages do', async () => {
    expect(await sourceOf('no API_KEYS: the API listens')).toMatch(/\/src\/service\.ts$/);
    expect(await sourceOf('Nest application successfully started')).toBeUndefined();
  });

  it('answers a path that cannot be decoded as the compiled modules do', async () => {
    const service = run({ ...variables, ROLES: 'api' });
    const { api } = await service.logged('started');
    const response = await fetch(`${api}/%zz`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  it('serves what it loads late', async () => {
    const service = run({ ...variables, ROLES: 'api' });
    const { api } = await service.logged('started');
    for (const path of [
      '/docs',
      '/docs/swagger-ui.css',
      '/openapi.json',
      '/dashboard',
      '/dashboard/api/queues',
    ])
      expect({ path, status: (await fetch(api + path)).status }).toEqual({ path, status: 200 });
  });

  it('starts without what is loaded late', async () => {
    const texts = await startedWith();
    for (const late of ['SwaggerExplorer', 'createBullBoard', 'Handlebars', 'XMLSerializer'])
      expect({
        late,
        files: [...texts].filter(([, text]) => text.includes(late)).map(([name]) => name),
      }).toEqual({ late, files: [] });
    expect([...texts.values()].join('')).toContain('ModulesContainer');
  });

  it('checks requests with the rules that their classes have', async () => {
    const service = run({ ...variables, ROLES: 'api' });
    const { api = '' } = await service.logged('started');
    const answer = await new ApiClient(api).post({ callSid: 'x', streamName: 'x', then: [{ say: 1 }] });
    expect(await answer.json()).toMatchObject({ status: 400, errors: [{ field: 'then[0].say' }] });
  });
});

const textOf = (file: string): Promise<string> => readFile(`${inject('built')}/bundle/${file}`, 'utf8');

/** The files that each start loads, by their names. */
async function startedWith(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const load = async (file: string): Promise<void> => {
    if (texts.has(file)) return;
    texts.set(file, '');
    const text = await textOf(file);
    texts.set(file, text);
    const imported = [...text.matchAll(/\b(?:from|import)"\.\/([\w.-]+)"/g)].map(([, name = '']) => name);
    await Promise.all(imported.map(load));
  };
  await Promise.all(['main.js', /\brun-\w+\.js/.exec(await textOf('main.js'))?.[0] ?? ''].map(load));
  return texts;
}

/** The source that Node would name in an error's stack for where `text` stands in the bundle. */
async function sourceOf(text: string): Promise<string | undefined> {
  for (const [file, content] of await startedWith()) {
    const lines = content.split('\n');
    const line = lines.findIndex((one) => one.includes(text));
    if (line === -1) continue;
    const map = new SourceMap(JSON.parse(await textOf(`${file}.map`)) as SourceMapPayload);
    const entry = map.findEntry(line, lines[line]?.indexOf(text) ?? 0);
    return 'originalSource' in entry ? entry.originalSource : undefined;
  }
  throw new Error(`nowhere in the bundle: ${text}`);
}
