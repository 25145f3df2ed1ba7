import { expect, it } from 'vitest';
import { startSimulator } from '../../../src/simulator/simulator.js';
import { run, stop } from '../../support/program.js';
import { testVariables } from '../../support/service.js';

it('a service keeps running when nobody reads its log any more', async () => {
  const simulator = await startSimulator({ log: false });
  const service = run({ ...(await testVariables(simulator)), LOG_LEVEL: 'info' });
  const { api } = await service.logged('started');
  service.child.stdout.destroy();
  // Without a projects file, each of them is a line of the log.
  for (let line = 0; line < 3; line += 1) service.child.kill('SIGHUP');
  expect((await fetch(`${api}/health/live`)).status).toBe(200);
  expect(await stop(service, 'SIGTERM')).toMatchObject({ exitCode: 0, signal: null });
  await simulator.close();
});
