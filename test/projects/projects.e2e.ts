import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { run } from '../support/program.js';
import { ApiClient, startTestService, testVariables } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { BILLING, FRAUD, scratchFile } from './fixtures/projects-file.js';

const stream = { streams: [{ name: 'stream' }] };

const simulatorOf = ({ projectId, apiToken }: typeof BILLING): Promise<Simulator> =>
  startSimulator({ log: false, projectId, apiToken });

let billing: Simulator;
let fraud: Simulator;
beforeAll(async () => {
  [billing, fraud] = await Promise.all([simulatorOf(BILLING), simulatorOf(FRAUD)]);
});
afterAll(() => Promise.all([billing.close(), fraud.close()]));

/** What the file says of each; the token of `fraud` stands in a file of its own. */
const entries = async () => [
  { ...BILLING, spaceUrl: billing.url, defaultThen: [{ pause: 600 }] },
  { ...FRAUD, spaceUrl: fraud.url, apiToken: { file: await scratchFile(`${FRAUD.apiToken}\n`, 'token') } },
];

const NO_DEFAULT = { SIGNALWIRE_SPACE_URL: '', SIGNALWIRE_PROJECT_ID: '', SIGNALWIRE_API_TOKEN: '' };

async function serviceWith(projects: readonly object[], variables = {}): Promise<TestService> {
  const SIGNALWIRE_PROJECTS_FILE = await scratchFile({ projects });
  const service = await startTestService({ SIGNALWIRE_PROJECTS_FILE, ...variables });
  onTestFinished(() => service.close());
  return service;
}

describe('a service of several projects', () => {
  it('stops the streams of each with its own credentials, and does what each says next', async () => {
    const { simulator, api, finished } = await serviceWith(await entries());
    const calls = [
      { project: undefined, of: simulator, said: ['Stopping stream'] },
      { project: 'billing', of: billing, said: [] },
      { project: 'fraud', of: fraud, said: ['Stopping stream'] },
    ];
    for (const { project, of, said } of calls) {
      const { sid } = of.createCall(stream);
      const { id } = await api.create({ callSid: sid, streamName: 'stream', project });
      expect(await finished(id)).toMatchObject({ status: 'succeeded', project: project ?? 'default' });
      const call = await of.until(sid, ({ verbs }) => verbs.length === 2);
      expect(call).toMatchObject({ streams: [{ status: 'stopped' }], updates: [{ authorized: true }], said });
    }
  });

  it('takes the call of one project for no call of another', async () => {
    const { api, finished } = await serviceWith(await entries(), NO_DEFAULT);
    const { sid } = billing.createCall(stream);
    const request = { callSid: sid, streamName: 'stream', then: [] };
    const [other, own] = await Promise.all(
      ['fraud', 'billing'].map((project) => api.create({ ...request, project })),
    );
    expect(own?.id).not.toBe(other?.id);
    expect(await finished(String(other?.id))).toMatchObject({ failure: { code: 'call_not_found' } });
    expect(await finished(String(own?.id))).toMatchObject({ status: 'succeeded' });
  });

  it('refuses a request for another project, or for none where there is no `default`', async () => {
    const { api } = await serviceWith(await entries(), NO_DEFAULT);
    for (const project of ['default', undefined, 'Billing', 'x'.repeat(64)]) {
      const response = await api.post({ callSid: 'c', streamName: 'stream', project });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        code: 'invalid_body',
        errors: [
          { field: 'project', message: 'project must be the name of a configured project: billing, fraud' },
        ],
      });
    }
  });

  it('takes the only project for a request that names none', async () => {
    const [entry = {}] = await entries();
    const { api, finished } = await serviceWith([entry], NO_DEFAULT);
    const { sid } = billing.createCall(stream);
    const { id } = await api.create({ callSid: sid, streamName: 'stream' });
    expect(await finished(id)).toMatchObject({ status: 'succeeded', project: 'billing' });
  });
});

const variablesWith = async (SIGNALWIRE_PROJECTS_FILE: string) => ({
  ...(await testVariables(billing)),
  ...NO_DEFAULT,
  SIGNALWIRE_PROJECTS_FILE,
  LOG_LEVEL: 'info',
});

describe('a process', () => {
  it('does not start with a wrong projects file, and says all that is wrong with it', async () => {
    const path = await scratchFile({ projects: [{ ...BILLING, apiToken: 'PT c0ffee' }, BILLING] });
    const { exitCode, output, errors } = await run(await variablesWith(path)).end();
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: [] });
    expect(errors.split('\n')).toEqual([
      `Invalid SIGNALWIRE_PROJECTS_FILE ${path}:`,
      expect.stringContaining('  - projects[0].apiToken: apiToken must be an API token'),
      '  - projects[1].name: name must differ from that of projects[0]',
      '  - projects[1].projectId: projectId must differ from that of projects[0]',
      '',
    ]);
    expect(errors).not.toContain('c0ffee');
  });

  it('takes other projects at each SIGHUP, unless they are wrong', async () => {
    const [first, second] = await entries();
    const path = await scratchFile({ projects: [first] });
    const service = run(await variablesWith(path));
    const { api: url } = await service.logged('started');
    const api = new ApiClient(String(url));
    /** Stops a stream of a new call. */
    const stop = async (of: Simulator, project: string) => {
      const { sid } = of.createCall(stream);
      await api.create({ callSid: sid, streamName: 'stream', project });
      await of.until(sid, ({ streams }) => streams[0]?.status === 'stopped');
    };
    const isRefused = async (project: string) =>
      (await api.post({ callSid: 'c', streamName: 's', project })).status === 400;

    await stop(billing, 'billing');
    await writeFile(path, '{"projects": [{"name": "fraud", "apiToken": "PT c0ffee"}]}');
    const refused = service.loggedError();
    service.child.kill('SIGHUP');
    const { msg, faults } = await refused;
    expect(msg).toBe('the projects stay as they were: the projects file is wrong');
    expect(faults?.map((fault) => fault.split(':')[0])).toEqual(
      ['spaceUrl', 'projectId', 'apiToken'].map((field) => `projects[0].${field}`),
    );
    await stop(billing, 'billing');
    expect(await isRefused('fraud')).toBe(true);

    await writeFile(path, JSON.stringify({ projects: [second] }));
    const taken = service.logged('projects read again');
    service.child.kill('SIGHUP');
    expect(await taken).toMatchObject({ projects: 'fraud' });
    await stop(fraud, 'fraud');
    expect(await isRefused('billing')).toBe(true);

    service.child.kill('SIGTERM');
    const { output, errors, ...ended } = await service.end();
    expect(ended).toEqual({ exitCode: 0, signal: null });
    for (const secret of ['c0ffee', BILLING.apiToken, FRAUD.apiToken]) {
      expect([...output, errors].join('\n')).not.toContain(secret);
    }
  });

  it('comes back to a cancellation whose project it did not know', async () => {
    const [first = {}, second = {}] = await entries();
    const { variables, api, finished } = await serviceWith([first, second], { ROLES: 'api,documents' });
    const path = await scratchFile({ projects: [first] });
    const worker = run({ ...variables, ROLES: 'worker', LOG_LEVEL: 'info', SIGNALWIRE_PROJECTS_FILE: path });
    await worker.logged('started');
    const unknown = worker.logged('project not configured');
    const { sid } = fraud.createCall(stream);
    const { id } = await api.create({ callSid: sid, streamName: 'stream', project: 'fraud' });
    await unknown;

    await writeFile(path, JSON.stringify({ projects: [first, second] }));
    worker.child.kill('SIGHUP');
    expect(await finished(id)).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'accepted' }] });
  }, 30_000);

  it('without a projects file survives a SIGHUP', async () => {
    const service = run({ ...(await testVariables(billing)), LOG_LEVEL: 'info' });
    await service.logged('started');
    const logged = service.logged('there is no SIGNALWIRE_PROJECTS_FILE to read again');
    service.child.kill('SIGHUP');
    await logged;
    service.child.kill('SIGTERM');
    expect(await service.end()).toMatchObject({ exitCode: 0, signal: null });
  });
});
