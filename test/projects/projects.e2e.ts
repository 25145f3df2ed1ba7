import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
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

/** Both projects for the file; the token of `fraud` is in a file of its own. */
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

describe('a service with several projects', () => {
  it('uses the credentials and the default then of each project', async () => {
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

  it('does not confuse calls of different projects', async () => {
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

  it('refuses an unknown project, and none if there is no default', async () => {
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

  it('uses the only project if the request names none', async () => {
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
  it('does not start with an invalid projects file, and reports every fault', async () => {
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

  it('does not start if stream_stopped is required without a signing key', async () => {
    const variables = { ...(await testVariables(billing)), REQUIRED_EVIDENCE: 'stream_stopped' };
    expect(await run(variables).end()).toMatchObject({
      exitCode: 1,
      output: [],
      errors:
        'Invalid environment:\n  - SIGNALWIRE_SIGNING_KEY is required, because REQUIRED_EVIDENCE is stream_stopped and ' +
        'only signed status callbacks are evidence\n',
    });
  });

  it('reloads the projects at SIGHUP, unless they are invalid', async () => {
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
    expect(msg).toBe('projects not reloaded: SIGNALWIRE_PROJECTS_FILE is invalid');
    expect(faults?.map((fault) => fault.split(':')[0])).toEqual(
      ['spaceUrl', 'projectId', 'apiToken'].map((field) => `projects[0].${field}`),
    );
    await stop(billing, 'billing');
    expect(await isRefused('fraud')).toBe(true);

    await writeFile(path, JSON.stringify({ projects: [second] }));
    const taken = service.logged('projects reloaded');
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

  it('carries out a cancellation once its project is configured', async () => {
    const [first = {}, second = {}] = await entries();
    const { variables, api, finished, queue } = await serviceWith([first, second], {
      ROLES: 'api,documents',
    });
    const path = await scratchFile({ projects: [first] });
    const worker = run({ ...variables, ROLES: 'worker', LOG_LEVEL: 'info', SIGNALWIRE_PROJECTS_FILE: path });
    await worker.logged('started');
    const { sid } = fraud.createCall(stream);
    const { id } = await api.create({ callSid: sid, streamName: 'stream', project: 'fraud' });
    await vi.waitFor(async () => expect(await queue.queue.getDelayedCount()).toBe(1), { timeout: 30_000 });

    await writeFile(path, JSON.stringify({ projects: [first, second] }));
    worker.child.kill('SIGHUP');
    expect(await finished(id)).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'accepted' }] });
  });

  it('survives SIGHUP without a projects file', async () => {
    const service = run({ ...(await testVariables(billing)), LOG_LEVEL: 'info' });
    await service.logged('started');
    const logged = service.logged('no projects reloaded: SIGNALWIRE_PROJECTS_FILE is not set');
    service.child.kill('SIGHUP');
    await logged;
    service.child.kill('SIGTERM');
    expect(await service.end()).toMatchObject({ exitCode: 0, signal: null });
  });
});
