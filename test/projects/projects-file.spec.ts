import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readProjectsFile } from '../../src/projects/projects-file.js';
import type { ProjectDefaults } from '../../src/projects/projects-file.js';
import { InvalidProjectsFileError } from '../../src/projects/projects.errors.js';
import type { Project } from '../../src/projects/project.js';
import { scratchFolder } from '../demo/fixtures/scratch.js';
import { BILLING, FRAUD, manyProjects, scratchFile } from './fixtures/projects-file.js';

const DEFAULTS: ProjectDefaults = {
  documentUrl: 'https://documents.example.com/{streamName}',
  requiredEvidence: 'accepted',
  defaultThen: [{ hangup: true }],
  maxRequestsPerSecond: 5,
};

/** The least that a project needs, as the service has it. */
const read = (project: typeof BILLING) => ({ ...DEFAULTS, ...project, signingKeys: [] });

function faultsOf(path: string, beside: Project | null = null): readonly string[] {
  try {
    readProjectsFile(path, DEFAULTS, beside);
  } catch (error) {
    if (error instanceof InvalidProjectsFileError) return error.faults;
    throw error;
  }
  return [];
}

/** What is wrong with `billing` once `changes` are made to it. */
const faultsWith = async (changes: object): Promise<readonly string[]> =>
  faultsOf(await scratchFile({ projects: [{ ...BILLING, ...changes }] }));

function variable(name: string, value: string): void {
  vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe('the projects file', () => {
  it('needs a name, a space and credentials for each project, and takes the rest from the defaults', async () => {
    const path = await scratchFile({ projects: [BILLING, FRAUD] });
    expect(readProjectsFile(path, DEFAULTS, null)).toEqual([read(BILLING), read(FRAUD)]);
  });

  it('says for each project what differs', async () => {
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

  it('may leave the bare stop to a project, and a limit to the defaults', async () => {
    const path = await scratchFile({ projects: [{ ...BILLING, defaultThen: [], limits: {} }] });
    expect(readProjectsFile(path, DEFAULTS, null)).toEqual([{ ...read(BILLING), defaultThen: [] }]);
  });

  it('may begin with a byte order mark, and have a slash at the end of a space', async () => {
    const json = JSON.stringify({ projects: [{ ...BILLING, spaceUrl: `${BILLING.spaceUrl}/` }] });
    expect(readProjectsFile(await scratchFile(`\uFEFF${json}`), DEFAULTS, null)).toEqual([read(BILLING)]);
  });

  it('is as the README shows it', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const example = /### Several projects.*?```json\n(.*?)```/s.exec(readme)?.[1] ?? '';
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

  it('has room for 1000 projects, and for no more', async () => {
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

  /** Each credential of one project, from where `source` says it stands. */
  const projectWith = async (source: (name: string) => unknown) => {
    const credentials = Object.fromEntries(CREDENTIALS.map((name) => [name, source(name)]));
    return scratchFile({ projects: [{ ...BILLING, ...credentials }] });
  };
  const THOSE = {
    projectId: 'x-projectId',
    apiToken: 'x-apiToken',
    signingKeys: ['x-signingKey', 'x-previousSigningKey'],
  };

  it('may stand in a variable', async () => {
    for (const name of CREDENTIALS) variable(`TEST_${name}`, `x-${name}`);
    const path = await projectWith((name) => ({ env: `TEST_${name}` }));
    expect(readProjectsFile(path, DEFAULTS, null)).toMatchObject([THOSE]);
  });

  it.each(['', '\n', '\r\n', '\n\n'])('may stand in a file of its own that ends in %j', async (end) => {
    const folder = await scratchFolder();
    for (const name of CREDENTIALS) await writeFile(join(folder, name), `x-${name}${end}`);
    const path = await projectWith((name) => ({ file: join(folder, name) }));
    expect(readProjectsFile(path, DEFAULTS, null)).toMatchObject([THOSE]);
  });

  it('is looked for in each of its places, and what is wrong with any is said at once', async () => {
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
      [{ file: join(folder, 'sub') }, 'names a file that is no regular file'],
      [{ file: pipe }, 'names a file that is no regular file'],
      [{ file: '/dev/zero' }, 'names a file that is no regular file'],
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

  it('is never shown, nor is what stands in the place of a name', async () => {
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

describe('a projects file that is wrong', () => {
  it.each(
    [
      ['', 'the file is not valid JSON'],
      ['{"projects": [}', 'the file is not valid JSON'],
      ['[]', 'the file must be a JSON object with the field projects'],
      ['null', 'the file must be a JSON object with the field projects'],
      ['"projects"', 'the file must be a JSON object with the field projects'],
      ['{}', 'projects must be a list of 1 to 1000 projects'],
      [{ projects: [] }, 'projects must be a list of 1 to 1000 projects'],
      [{ projects: BILLING }, 'projects must be a list of 1 to 1000 projects'],
      [{ projects: [null] }, 'projects: each of projects must be an object'],
      [{ projects: [BILLING, 'fraud'] }, 'projects: each of projects must be an object'],
      [{ projects: [[BILLING]] }, 'projects: each of projects must be an object'],
      [{ projects: [BILLING], project: [] }, 'project is not a known field; remove it'],
      [`{"projects": [], "__proto__": {}}`, '__proto__ is not a known field; remove it'],
      [`${'[{"projects":'.repeat(20)}${'}]'.repeat(20)}`, 'the file is not valid JSON'],
      [
        `{"projects":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
        'projects[0][0][0][0][0][0][0][0][0][0] is nested more than 10 levels deep',
      ],
      [`{"projects": [], "x": "${'x'.repeat(1_000_000)}"}`, 'the file is longer than 1000000 bytes'],
    ].map(([content, fault]) => ({ content, fault })),
  )('is told: $fault', async ({ content, fault }) => {
    expect(faultsOf(await scratchFile(content))).toEqual([fault]);
  });

  it.each(
    [
      [{ name: undefined }, 'name: name is required and must be 1 to 64 letters'],
      [{ name: '' }, 'name: name is required'],
      [{ name: 'a b' }, 'name: name is required'],
      [{ name: 'a\n' }, 'name: name is required'],
      [{ name: 'x'.repeat(65) }, 'name: name is required'],
      [{ name: 7 }, 'name: name is required'],
      [{ spaceUrl: undefined }, 'spaceUrl: spaceUrl must be an http or https origin alone'],
      [{ spaceUrl: 'https://e.com/api' }, 'spaceUrl: spaceUrl must be an http or https origin alone'],
      [{ projectId: undefined }, 'projectId: projectId must be a project id such as'],
      [{ apiToken: undefined }, 'apiToken: apiToken must be an API token'],
      [{ signingKey: 'a b' }, 'signingKey: signingKey must be the signing key'],
      [
        { previousSigningKey: 'PSK' },
        'previousSigningKey: previousSigningKey is the second key beside signingKey',
      ],
      [
        { documentUrl: 'ftp://e.com' },
        'documentUrl: documentUrl must be an http or https URL of at most 2048',
      ],
      [
        { documentUrl: `https://e.com/${'x'.repeat(2048)}` },
        'documentUrl: documentUrl must be an http or https',
      ],
      [
        { requiredEvidence: 'none' },
        'requiredEvidence: requiredEvidence must be one of accepted, document_fetched',
      ],
      [
        { defaultThen: [{ sing: 'la' }] },
        'defaultThen[0]: each entry of then must be an object with exactly one',
      ],
      [{ defaultThen: [{ say: 'x', foo: 1 }] }, 'defaultThen[0].foo: foo is not a known field'],
      [{ limits: 5 }, 'limits: limits must be an object'],
      [{ limits: [{ maxRequestsPerSecond: 5 }] }, 'limits: limits must be an object'],
      [{ limits: { perMinute: 5 } }, 'limits.perMinute: perMinute is not a known field'],
      ...[0, 100_001, 1.5, '5'].map((maxRequestsPerSecond) => [
        { limits: { maxRequestsPerSecond } },
        'limits.maxRequestsPerSecond: maxRequestsPerSecond must be a whole number of requests from 1 to 100000',
      ]),
      [{ colour: 'red' }, 'colour: colour is not a known field; remove it'],
    ].map(([changes, fault]) => ({ changes: changes as object, fault: fault as string })),
  )('names the project and the field of $fault', async ({ changes, fault }) => {
    const faults = await faultsWith(changes);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`projects[0].${fault}`);
  });

  it('says which projects have the same name or the same id, or those of the environment', async () => {
    const projects = [
      BILLING,
      { ...FRAUD, projectId: BILLING.projectId },
      { ...FRAUD, name: 'Billing' },
      { ...BILLING, name: 'default', projectId: 'own' },
    ];
    expect(faultsOf(await scratchFile({ projects }))).toEqual([
      'projects[1].projectId: projectId must differ from that of projects[0]',
    ]);
    expect(
      faultsOf(await scratchFile({ projects }), { ...read(BILLING), name: 'default', projectId: 'own' }),
    ).toEqual([
      'projects[3].name: name must differ from that of the project of SIGNALWIRE_PROJECT_ID',
      'projects[1].projectId: projectId must differ from that of projects[0]',
      'projects[3].projectId: projectId must differ from that of the project of SIGNALWIRE_PROJECT_ID',
    ]);
  });

  it('is told all of its faults in one message, which stays short however many there are', async () => {
    const projects = Array.from({ length: 500 }, () => ({ x: 'x' }));
    const path = await scratchFile({ projects });
    const faults = faultsOf(path);
    expect(faults).toHaveLength(51);
    expect(faults.at(-1)).toBe('and 2450 more');
    expect(() => readProjectsFile(path, DEFAULTS, null)).toThrow(
      `Invalid SIGNALWIRE_PROJECTS_FILE ${path}:\n  - projects[0].x: x is not a known field; remove it\n`,
    );
  });

  it('is told so where it is not there, or is no file', async () => {
    const folder = await scratchFolder();
    expect(faultsOf(join(folder, 'none'))).toEqual(['the file cannot be read (ENOENT)']);
    expect(faultsOf(folder)).toEqual(['the file is no regular file']);
  });

  it('is never a crash, whatever it holds', async () => {
    const path = await scratchFile('');
    const project = fc.record(
      Object.fromEntries(
        [
          ...Object.keys(BILLING),
          'signingKey',
          'previousSigningKey',
          'documentUrl',
          'requiredEvidence',
          'defaultThen',
          'limits',
        ].map((field) => [field, fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant('x'))]),
      ),
      { requiredKeys: [] },
    );
    const content = fc.oneof(
      fc.jsonValue(),
      fc.record({ projects: fc.oneof(fc.jsonValue(), fc.array(fc.oneof(project, fc.jsonValue()))) }),
    );
    await fc.assert(
      fc.asyncProperty(content, async (content) => {
        await writeFile(path, JSON.stringify(content));
        expect(faultsOf(path).length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
