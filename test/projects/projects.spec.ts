import { unlink, writeFile } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { InvalidEnvironmentError, readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { InvalidBodyError } from '../../src/platform/http/body/invalid-body.error.js';
import { InvalidFileError } from '../../src/projects/projects.errors.js';
import { Projects } from '../../src/projects/projects.js';
import { BILLING, FRAUD, manyProjects, scratchFile } from './fixtures/projects-file.js';

const OWN = {
  SIGNALWIRE_SPACE_URL: 'https://own.signalwire.com',
  SIGNALWIRE_PROJECT_ID: 'own-id',
  SIGNALWIRE_API_TOKEN: 'PTown',
};

function projectsWith(variables: Record<string, string>): Projects {
  return new Projects(
    readEnvironment(ServiceEnvironment, {
      REDIS_URL: 'redis://127.0.0.1:6379',
      PUBLIC_URL: 'https://stop.example.com',
      LINK_SECRET: 'a secret of thirty-two bytes or more',
      ...variables,
    }),
  );
}

const withFile = async (projects: readonly object[], variables = {}): Promise<Projects> =>
  projectsWith({ SIGNALWIRE_PROJECTS_FILE: await scratchFile({ projects }), ...variables });

const namesOf = (projects: Projects): string[] => projects.all().map(({ name }) => name);

function refusalOf(projects: Projects, name: string | undefined): InvalidBodyError {
  try {
    projects.requested(name);
  } catch (error) {
    if (error instanceof InvalidBodyError) return error;
    throw error;
  }
  throw new Error('no refusal');
}

describe('the projects', () => {
  it('are the environment’s own without a file', () => {
    const projects = projectsWith({
      ...OWN,
      MAX_REQUESTS_PER_SECOND: '7',
      DEFAULT_THEN: '[{"hangup":true}]',
    });
    expect(projects.all()).toEqual([
      {
        name: 'default',
        spaceUrl: 'https://own.signalwire.com',
        projectId: 'own-id',
        apiToken: 'PTown',
        signingKeys: [],
        documentUrl: null,
        requiredEvidence: 'document_fetched',
        defaultThen: [{ hangup: true }],
        maxRequestsPerSecond: 7,
      },
    ]);
  });

  it('are those of the file, with or without the environment’s own', async () => {
    const SIGNALWIRE_PROJECTS_FILE = await scratchFile({ projects: [BILLING, FRAUD] });
    const MAX_REQUESTS_PER_SECOND = '7';
    const filed = projectsWith({ SIGNALWIRE_PROJECTS_FILE, MAX_REQUESTS_PER_SECOND });
    expect(namesOf(filed)).toEqual(['billing', 'fraud']);
    expect(filed.all()).toMatchObject([{ maxRequestsPerSecond: 7 }, { maxRequestsPerSecond: 7 }]);
    expect(namesOf(projectsWith({ SIGNALWIRE_PROJECTS_FILE, ...OWN }))).toEqual([
      'default',
      'billing',
      'fraud',
    ]);
  });

  it('are found only by exact name or id', async () => {
    const projects = projectsWith({
      SIGNALWIRE_PROJECTS_FILE: await scratchFile({ projects: [BILLING, FRAUD] }),
    });
    expect(projects.get('fraud')).toMatchObject(FRAUD);
    expect(projects.byProjectId(FRAUD.projectId)).toBe(projects.get('fraud'));
    for (const other of ['default', 'Fraud', '', '__proto__', 'constructor', FRAUD.projectId]) {
      expect(projects.get(other)).toBeUndefined();
    }
    expect(projects.byProjectId('fraud')).toBeUndefined();
  });

  it('are refused with an invalid file', async () => {
    const SIGNALWIRE_PROJECTS_FILE = await scratchFile({ projects: [{ ...BILLING, name: 'default' }] });
    expect(projectsWith({ SIGNALWIRE_PROJECTS_FILE }).all()).toHaveLength(1);
    expect(() => projectsWith({ SIGNALWIRE_PROJECTS_FILE, ...OWN })).toThrow(InvalidFileError);
  });

  it('need a signing key if the environment requires stream_stopped', async () => {
    const required = { ...OWN, REQUIRED_EVIDENCE: 'stream_stopped' };
    const signed = projectsWith({ ...required, SIGNALWIRE_SIGNING_KEY: 'PSK' });
    expect(signed.all()).toMatchObject([{ requiredEvidence: 'stream_stopped', signingKeys: ['PSK'] }]);
    expect(() => projectsWith(required)).toThrow(InvalidEnvironmentError);
    expect(() => projectsWith(required)).toThrow(
      'SIGNALWIRE_SIGNING_KEY is required, because REQUIRED_EVIDENCE is stream_stopped',
    );
  });

  it('of the file need no key of the environment’s own', async () => {
    const REQUIRED_EVIDENCE = 'stream_stopped';
    const signed = await withFile([{ ...BILLING, signingKey: 'PSK' }], { REQUIRED_EVIDENCE });
    expect(signed.all()).toMatchObject([{ requiredEvidence: REQUIRED_EVIDENCE, signingKeys: ['PSK'] }]);
  });
});

describe('the project of a request', () => {
  it('is the named one', async () => {
    expect((await withFile([BILLING, FRAUD], OWN)).requested('fraud')).toMatchObject(FRAUD);
  });

  it('is the default one without a name', async () => {
    expect((await withFile([BILLING], OWN)).requested(undefined).name).toBe('default');
    expect((await withFile([BILLING, { ...FRAUD, name: 'default' }])).requested(undefined).name).toBe(
      'default',
    );
  });

  it('is the only one without a name', async () => {
    expect((await withFile([BILLING])).requested(undefined).name).toBe('billing');
  });

  it.each(['default', 'Billing', '', 'x'])('is refused if there is none called %j', async (name) => {
    expect(refusalOf(await withFile([BILLING]), name).faults).toEqual([
      { field: 'project', message: 'project must be the name of a configured project: billing' },
    ]);
  });

  it('must be named if there are several and none is the default', async () => {
    expect(refusalOf(await withFile([BILLING, FRAUD]), undefined).faults).toEqual([
      { field: 'project', message: 'project must be the name of a configured project: billing, fraud' },
    ]);
  });

  it('is refused with a short message, however many there are', async () => {
    const { message } = refusalOf(await withFile(manyProjects(1000)), 'x');
    expect(message.endsWith('p18, p19 and 980 more')).toBe(true);
    expect(message).not.toContain('p20');
  });
});

/** One project in a file that can be rewritten. */
const setUp = async (variables = {}) => {
  const path = await scratchFile({ projects: [BILLING] });
  const projects = projectsWith({ SIGNALWIRE_PROJECTS_FILE: path, ...variables });
  const told: string[][] = [];
  projects.onReload(() => told.push(namesOf(projects)));
  return { path, projects, told, write: (content: object) => writeFile(path, JSON.stringify(content)) };
};

describe('a reload', () => {
  beforeEach(() => {
    const log = vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    onTestFinished(() => [log, error].forEach((spy) => spy.mockRestore()));
  });

  it('replaces the projects and calls the listeners', async () => {
    const { projects, told, write } = await setUp(OWN);
    const before = projects.get('billing');
    await write({ projects: [{ ...BILLING, apiToken: 'PTnew' }, FRAUD] });
    projects.reload();
    expect(namesOf(projects)).toEqual(['default', 'billing', 'fraud']);
    expect(projects.get('billing')?.apiToken).toBe('PTnew');
    expect(before?.apiToken).toBe(BILLING.apiToken);
    expect(told).toEqual([['default', 'billing', 'fraud']]);

    await write({ projects: [FRAUD] });
    projects.reload();
    expect(projects.get('billing')).toBeUndefined();
    expect(projects.byProjectId(BILLING.projectId)).toBeUndefined();
  });

  it.each([
    ['is invalid', { projects: [{ ...BILLING, apiToken: '' }, FRAUD] }],
    ['repeats the name of the environment', { projects: [{ ...FRAUD, name: 'default' }] }],
    ['is empty', {}],
  ])('of a file that %s changes nothing', async (_, content) => {
    const { projects, told, write } = await setUp(OWN);
    const before = projects.all();
    await write(content);
    projects.reload();
    expect(projects.all()).toEqual(before);
    expect(told).toEqual([]);
  });

  it.each([
    ['PUBLIC_URL is private', { PUBLIC_URL: 'http://127.0.0.1:3001' }],
    ['the key of the examples is used', { API_KEYS: 'demo:demo-key' }],
  ])('of a file that names SignalWire while %s changes nothing', async (_, variables) => {
    const simulated = { ...BILLING, spaceUrl: 'http://127.0.0.1:4010' };
    const path = await scratchFile({ projects: [simulated] });
    const projects = projectsWith({ SIGNALWIRE_PROJECTS_FILE: path, ...variables });
    await writeFile(path, JSON.stringify({ projects: [BILLING] }));
    projects.reload();
    expect(projects.all()).toMatchObject([simulated]);
  });

  it('of a missing file changes nothing', async () => {
    const { path, projects, write } = await setUp();
    await unlink(path);
    projects.reload();
    expect(namesOf(projects)).toEqual(['billing']);
    await write({ projects: [FRAUD] });
    projects.reload();
    expect(namesOf(projects)).toEqual(['fraud']);
  });

  it('without a file changes nothing', () => {
    const projects = projectsWith(OWN);
    projects.reload();
    expect(namesOf(projects)).toEqual(['default']);
  });
});
