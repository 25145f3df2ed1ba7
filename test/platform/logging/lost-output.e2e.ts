import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { expect, inject, it, onTestFinished } from 'vitest';
import { freePort } from '../../../src/demo/free-port.js';
import { untilReady } from '../../../src/demo/until-ready.js';
import { startSimulator } from '../../../src/simulator/simulator.js';
import { run, stop } from '../../support/program.js';
import { testVariables } from '../../support/service.js';

it('a service keeps running when nobody reads its log any more', { timeout: 120_000 }, async () => {
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

/** A start that computes for a second takes many on a busy machine. */
const STARTED_WITHIN_MS = 90_000;

it('a service starts, serves and stops while the disk of its log is full', { timeout: 120_000 }, async () => {
  const simulator = await startSimulator({ log: false });
  onTestFinished(() => simulator.close());
  const PORT = String(await freePort());
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(full));
  const service = spawn(process.execPath, ['main.js'], {
    cwd: inject('built'),
    env: { ...(await testVariables(simulator)), PORT, LOG_LEVEL: 'info' },
    stdio: ['ignore', full, 'inherit'],
  });
  onTestFinished(() => void service.kill('SIGKILL'));
  const ended = once(service, 'exit');
  const api = `http://127.0.0.1:${PORT}`;
  await Promise.race([
    untilReady(`${api}/health/ready`, AbortSignal.timeout(STARTED_WITHIN_MS)),
    ended.then(([code]) => Promise.reject(new Error(`ended with ${code} before it was ready`))),
  ]);
  expect(await (await fetch(`${api}/metrics`)).text()).toMatch(/^streamstop_log_lines_lost_total [1-9]/m);
  service.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
