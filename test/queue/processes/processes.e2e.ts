import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { QueueState } from '../../../src/operations/queue-state.js';
import { startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { run } from '../../support/program.js';
import { startTestService, testVariables } from '../../support/service.js';
import type { TestService } from '../../support/service.js';

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;

/** Three beats of 2 s, and a busy machine. */
const FORGOTTEN_WITHIN_MS = 15_000;

describe('the processes of a queue', () => {
  let simulator: Simulator;
  let api: TestService;
  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
    api = await startTestService({ ROLES: 'api' }, simulator);
  });
  afterAll(async () => {
    await api.close();
    await simulator.close();
  });

  const processes = async () => ((await (await api.api.request('/queue')).json()) as QueueState).processes;
  const rolesOf = async () => (await processes()).map(({ roles }) => roles.join());
  const inThisQueue = () => {
    const { QUEUE_PREFIX, PUBLIC_URL } = api.variables;
    return { QUEUE_PREFIX, PUBLIC_URL };
  };

  it('are listed with their roles, their version, their start and the last pick-up of their worker', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    const documents = await startTestService({ ROLES: 'documents', ...inThisQueue() }, simulator);
    const worker = await startTestService({ ROLES: 'worker', ...inThisQueue() }, simulator);
    const some = { id: expect.stringMatching(/:\d+:[0-9a-f]{4}$/) as string, version, startedAt: ISO };
    await vi.waitFor(
      async () =>
        expect(await processes()).toEqual([
          { ...some, roles: ['api'], lastPickUpAt: null },
          { ...some, roles: ['documents'], lastPickUpAt: null },
          { ...some, roles: ['worker'], lastPickUpAt: ISO },
        ]),
      10_000,
    );
    const [first] = await processes();
    await worker.close();
    expect(await rolesOf()).toEqual(['api', 'documents']);
    await documents.close();
    expect(await processes()).toEqual([first]);
  });

  it('are listed no longer once they have died', { timeout: 120_000 }, async () => {
    const variables = { ...(await testVariables(simulator)), ...inThisQueue(), ROLES: 'worker' };
    const worker = run({ ...variables, LOG_LEVEL: 'info' });
    await worker.logged('started');
    await vi.waitFor(async () => expect(await rolesOf()).toEqual(['api', 'worker']), 10_000);
    worker.child.kill('SIGKILL');
    await worker.end();
    await vi.waitFor(async () => expect(await rolesOf()).toEqual(['api']), FORGOTTEN_WITHIN_MS);
  });
});
