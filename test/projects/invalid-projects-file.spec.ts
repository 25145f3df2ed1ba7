import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProjectsFile } from '../../src/projects/projects-file.js';
import type { ProjectDefaults } from '../../src/projects/projects-file.js';
import { scratchFolder } from '../demo/fixtures/scratch.js';
import { BILLING, FRAUD, scratchFile } from './fixtures/projects-file.js';
import { DEFAULTS, faultsOf, faultsWith, read } from './fixtures/read-projects.js';

describe('an invalid projects file', () => {
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
  )('is reported: $fault', async ({ content, fault }) => {
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
  )('is reported with the project and the field of $fault', async ({ changes, fault }) => {
    const faults = await faultsWith(changes);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`projects[0].${fault}`);
  });

  it('is reported if projects have the same name or id', async () => {
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

  it.each([
    [{ requiredEvidence: 'stream_stopped' }, 'requiredEvidence'],
    [{}, 'REQUIRED_EVIDENCE'],
  ])(
    'is reported if a project requires stream_stopped without a signing key: %j',
    async (changes, setting) => {
      const defaults: ProjectDefaults = { ...DEFAULTS, requiredEvidence: 'stream_stopped' };
      const path = await scratchFile({
        projects: [
          { ...FRAUD, signingKey: 'PSK' },
          { ...BILLING, ...changes },
        ],
      });
      expect(() => readProjectsFile(path, defaults, null)).toThrow(
        `projects[1].signingKey: signingKey is required, because ${setting} is stream_stopped and only signed status ` +
          'callbacks are evidence',
      );
    },
  );

  it('is reported with its first fifty faults', async () => {
    const projects = Array.from({ length: 500 }, () => ({ x: 'x' }));
    const path = await scratchFile({ projects });
    const faults = faultsOf(path);
    expect(faults).toHaveLength(51);
    expect(faults.at(-1)).toBe('and 2450 more');
    expect(() => readProjectsFile(path, DEFAULTS, null)).toThrow(
      `Invalid SIGNALWIRE_PROJECTS_FILE ${path}:\n  - projects[0].x: x is not a known field; remove it\n`,
    );
  });

  it('is reported if it does not exist or is not a file', async () => {
    const folder = await scratchFolder();
    expect(faultsOf(join(folder, 'none'))).toEqual(['the file cannot be read (ENOENT)']);
    expect(faultsOf(folder)).toEqual(['the file is not a regular file']);
  });

  it('never crashes the reader', async () => {
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
