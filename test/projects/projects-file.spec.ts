import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readProjectsFile } from '../../src/projects/projects-file.js';
import { scratchFolder } from '../demo/fixtures/scratch.js';
import { BILLING, FRAUD, manyProjects, scratchFile } from './fixtures/projects-file.js';
import { DEFAULTS, faultsOf, faultsWith, read } from './fixtures/read-projects.js';

function variable(name: string, value: string): void {
  vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe('the projects file', () => {
  it('needs a name, a space and credentials for each project; the rest has defaults', async () => {
    const path = await scratchFile({ projects: [BILLING, FRAUD] });
    expect(readProjectsFile(path, DEFAULTS, null)).toEqual([read(BILLING), read(FRAUD)]);
  });

  it('can override every default for a project', async () => {
    const own = {
      documentUrl: 'https://billing.signalwire.com/laml-bins/x?STREAMNAME={streamName}&c={callSid}',
      requiredEvidence: 'stream_stopped',
      defaultThen: [{ say: 'Bye' }, { redirect: 'https://app.example.com/flow' }],
    };
    const keys = { signingKey: 'PSK+new/1=', previousSigningKey: 'PSK_old' };
    const project = { ...BILLING, ...own, ...keys, limits: { maxRequestsPerSecond: 100_000 } };
    expect(readProjectsFile(await scratchFile({ projects: [project] }), DEFAULTS, null)).toEqual([
      { ...BILLING, ...own, signingKeys: ['PSK+new/1=', 'PSK_old'], maxRequestsPerSecond: 100_000 },
    ]);
  });

  it('may set the bare stop for a project and leave the limits out', async () => {
    const path = await scratchFile({ projects: [{ ...BILLING, defaultThen: [], limits: {} }] });
    expect(readProjectsFile(path, DEFAULTS, null)).toEqual([{ ...read(BILLING), defaultThen: [] }]);
  });

  it('treats null as absent', async () => {
    const absent = { documentUrl: null, signingKey: null, limits: null, defaultThen: null };
    const path = await scratchFile({
      projects: [
        { ...BILLING, ...absent },
        { ...FRAUD, limits: { maxRequestsPerSecond: null } },
      ],
    });
    expect(readProjectsFile(path, DEFAULTS, null)).toEqual([read(BILLING), read(FRAUD)]);
  });

  it('may begin with a byte order mark, and a space may end with a slash', async () => {
    const json = JSON.stringify({ projects: [{ ...BILLING, spaceUrl: `${BILLING.spaceUrl}/` }] });
    expect(readProjectsFile(await scratchFile(`\uFEFF${json}`), DEFAULTS, null)).toEqual([read(BILLING)]);
  });

  it('reads the example in docs/operations.md', async () => {
    const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const example = /## Several projects\n.*?```json\n(.*?)```/s.exec(page)?.[1] ?? '';
    const token = await scratchFile('PTbilling\n', 'billing-token');
    variable('FRAUD_API_TOKEN', 'PTfraud');
    const path = await scratchFile(example.replace('/etc/streamstop/billing-token', token));
    expect(readProjectsFile(path, DEFAULTS, null)).toEqual([
      {
        ...read({ ...BILLING, apiToken: 'PTbilling' }),
        defaultThen: [{ redirect: 'https://app.example.com/flow' }],
      },
      { ...read({ ...FRAUD, apiToken: 'PTfraud' }), maxRequestsPerSecond: 50 },
    ]);
  });

  it('holds at most 1000 projects', async () => {
    expect(
      readProjectsFile(await scratchFile({ projects: manyProjects(1000) }), DEFAULTS, null),
    ).toHaveLength(1000);
    expect(faultsOf(await scratchFile({ projects: manyProjects(1001) }))).toEqual([
      'projects must be a list of 1 to 1000 projects',
    ]);
  });
});

describe('a credential', () => {
  const CREDENTIALS = ['projectId', 'apiToken', 'signingKey', 'previousSigningKey'];

  /** One project whose credentials are where `source` says. */
  const projectWith = async (source: (name: string) => unknown) => {
    const credentials = Object.fromEntries(CREDENTIALS.map((name) => [name, source(name)]));
    return scratchFile({ projects: [{ ...BILLING, ...credentials }] });
  };
  const THOSE = {
    projectId: 'x-projectId',
    apiToken: 'x-apiToken',
    signingKeys: ['x-signingKey', 'x-previousSigningKey'],
  };

  it('may be in a variable', async () => {
    for (const name of CREDENTIALS) variable(`TEST_${name}`, `x-${name}`);
    const path = await projectWith((name) => ({ env: `TEST_${name}` }));
    expect(readProjectsFile(path, DEFAULTS, null)).toMatchObject([THOSE]);
  });

  it.each(['', '\n', '\r\n', '\n\n'])('may be in a file that ends with %j', async (end) => {
    const folder = await scratchFolder();
    for (const name of CREDENTIALS) await writeFile(join(folder, name), `x-${name}${end}`);
    const path = await projectWith((name) => ({ file: join(folder, name) }));
    expect(readProjectsFile(path, DEFAULTS, null)).toMatchObject([THOSE]);
  });

  it('has every fault reported at once', async () => {
    const folder = await scratchFolder();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'long'), 'x'.repeat(4097));
    await writeFile(join(folder, 'empty'), '\n');
    await writeFile(join(folder, 'binary'), Buffer.from([0xff, 0xfe]));
    variable('TEST_EMPTY', '');
    variable('TEST_SPACED', 'PT 1');
    const form =
      'must be an API token: PT followed by hexadecimal digits, or {"env": "NAME"}, or {"file": "/path"}';
    const cases: [unknown, string][] = [
      [{ env: 'TEST_NOWHERE' }, 'names a variable that is not set'],
      [{ env: 'TEST_EMPTY' }, 'names a variable that is not set'],
      [{ env: 'toString' }, 'names a variable that is not set'],
      [{ env: 'TEST_SPACED' }, form],
      [{ file: join(folder, 'none') }, 'names a file that cannot be read (ENOENT)'],
      [{ file: join(folder, 'sub') }, 'names a file that is not a regular file'],
      [{ file: pipe }, 'names a file that is not a regular file'],
      [{ file: '/dev/zero' }, 'names a file that is not a regular file'],
      [{ file: join(folder, 'long') }, 'names a file that is longer than 4096 bytes'],
      [{ file: join(folder, 'binary') }, 'names a file that is not UTF-8'],
      [{ file: '/a\0b' }, 'names a file that cannot be read (ERR_INVALID_ARG_VALUE)'],
      [{ file: 'secret' }, 'must name its file by an absolute path'],
      [{ file: join(folder, 'empty') }, form],
      ...[
        {},
        { env: 1 },
        { env: 'A', file: '/b' },
        { vault: 'x' },
        [],
        ['A'],
        '',
        'P T',
        'x'.repeat(129),
        7,
        null,
        true,
      ].map((wrong): [unknown, string] => [wrong, form]),
    ];
    const projects = cases.map(([apiToken], n) => ({
      ...BILLING,
      name: `p${n}`,
      projectId: `id${n}`,
      apiToken,
    }));
    expect(faultsOf(await scratchFile({ projects }))).toEqual(
      cases.map(([, fault], n) => `projects[${n}].apiToken: apiToken ${fault}`),
    );
  });

  it('is never quoted, not even in the place of a name', async () => {
    const SECRET = 'PTc0ffee';
    variable('TEST_SECRET', `${SECRET} `);
    const file = await scratchFile(`${SECRET} `, 'secret');
    const wrong: unknown[] = [
      { env: SECRET },
      { file: SECRET },
      { file: `/${SECRET}` },
      `${SECRET} `,
      [SECRET],
      { [SECRET]: SECRET },
    ];
    for (const apiToken of [...wrong, { env: 'TEST_SECRET' }, { file }]) {
      const faults = await faultsWith({
        apiToken,
        signingKey: apiToken,
        spaceUrl: SECRET,
        documentUrl: SECRET,
      });
      expect(faults.join('\n')).toContain('projects[0].apiToken');
      expect(faults.join('\n')).not.toContain('c0ffee');
    }
    const json = JSON.stringify({ projects: [{ ...BILLING, apiToken: SECRET }] });
    for (let end = 1; end < json.length; end += 1) {
      expect(faultsOf(await scratchFile(json.slice(0, end))).join('\n')).toBe('the file is not valid JSON');
    }
  });
});
