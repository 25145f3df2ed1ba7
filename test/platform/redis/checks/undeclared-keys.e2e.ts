import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startSimulator } from '../../../../src/simulator/simulator.js';
import type { Simulator } from '../../../../src/simulator/simulator.js';
import { run } from '../../../support/program.js';
import { testVariables } from '../../../support/service.js';

/** What Dragonfly answers to a script that touches a key that it has not declared, without either of its flags. */
const UNDECLARED =
  '-ERR Error running script (call to f_1): @user_script:1: script tried accessing undeclared key\r\n';

const answerTo = (request: string): string => {
  if (/\$5\r\nHELLO\r\n/i.test(request)) return '%0\r\n';
  if (/\$4\r\nEVAL\r\n/i.test(request)) return request.includes('redis.call') ? UNDECLARED : '*0\r\n';
  if (/\$7\r\nPUBLISH\r\n/i.test(request)) return ':0\r\n';
  return '-ERR unknown command\r\n';
};

/** Stands for Dragonfly at the start of a process. */
async function dragonfly(): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      // ioredis may send several commands in one piece.
      const requests = chunk.toString().split(/^(?=\*\d+\r\n\$\d+\r\n[A-Za-z])/m);
      socket.write(requests.map(answerTo).join(''));
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a process whose Redis refuses scripts that touch keys which they do not declare', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
  });
  afterAll(() => simulator.close());

  it.each(['api', 'worker', 'documents'])('refuses to start as %s, and names the flags', async (ROLES) => {
    const variables = { ...(await testVariables(simulator)), REDIS_URL: await dragonfly(), ROLES };
    const { exitCode, output, errors } = await run(variables).end();
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: [] });
    expect(errors.trim().split('\n')).toEqual([
      expect.stringContaining('--cluster_mode=emulated --lock_on_hashtags, or with --default_lua_flags'),
    ]);
  });
});
