import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { run } from '../support/program.js';
import { testVariables } from '../support/service.js';
import { templatesFolder, withVerbs } from '../templates/fixtures.js';

describe('a process with templates', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
  });
  afterAll(() => simulator.close());

  async function variablesWith(files: Readonly<Record<string, string>>) {
    const folder = await templatesFolder(files);
    onTestFinished(folder.remove);
    const variables = { ...(await testVariables(simulator)), TEMPLATES_DIR: folder.path, LOG_LEVEL: 'info' };
    return { folder, variables };
  }

  it('does not start with invalid templates, and reports every fault', async () => {
    const { folder, variables } = await variablesWith({
      'a.xml': '<Response/>',
      'b.xml': withVerbs('{{{X}}}'),
    });
    expect(await run(variables).end()).toMatchObject({
      exitCode: 1,
      output: [],
      errors: [
        `Invalid TEMPLATES_DIR ${folder.path}:`,
        '  - a.xml: has no <Stop> with a <Stream> in it',
        '  - b.xml: line 1: {{{X}}} switches escaping off; write {{NAME}}, whose value is escaped',
        '',
      ].join('\n'),
    });
  });

  it('reloads them at SIGHUP, unless they are invalid', async () => {
    const { folder, variables } = await variablesWith({ 'a.xml': withVerbs('<Say>old</Say>') });
    const service = run(variables);
    await service.logged('started');
    const text = async (): Promise<string> =>
      (await fetch(`${variables.PUBLIC_URL}/laml/templates/a?STREAMNAME=s`)).text();
    expect(await text()).toContain('old');

    await folder.write({ 'a.xml': withVerbs('<Say>new') });
    const refused = service.loggedError();
    service.child.kill('SIGHUP');
    expect(await refused).toMatchObject({
      msg: 'templates not reloaded: TEMPLATES_DIR is invalid',
      faults: [expect.stringMatching(/^a\.xml: is not well-formed XML: /)],
    });
    expect(await text()).toContain('old');

    await folder.write({ 'a.xml': withVerbs('<Say>new</Say>') });
    const taken = service.logged('templates reloaded');
    service.child.kill('SIGHUP');
    expect(await taken).toMatchObject({ templates: 'a' });
    expect(await text()).toContain('new');
    service.child.kill('SIGTERM');
    expect(await service.end()).toMatchObject({ exitCode: 0 });
  });
});
