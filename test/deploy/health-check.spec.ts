import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

const DOCKERFILE = readFileSync(fileURLToPath(new URL('../../Dockerfile', import.meta.url)), 'utf8');
const [, CHECK = ''] = /^HEALTHCHECK .* CMD (\[[^]*?"\])$/m.exec(DOCKERFILE) ?? [];
const [command = '', ...args] = JSON.parse(CHECK.replaceAll('\\\n', '')) as string[];

/** Whether a container with these variables is healthy. */
const isHealthy = (variables: Record<string, string>): Promise<boolean> =>
  promisify(execFile)(command, args, { env: { PATH: process.env['PATH'], ...variables } }).then(
    () => true,
    () => false,
  );

/** A service that is ready or not. */
async function service(status: number, address = '127.0.0.1'): Promise<string> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/health/ready' ? status : 404).end('{}');
  }).listen(0, address);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return String((server.address() as AddressInfo).port);
}

describe("the image's health check", () => {
  it.each([
    ['api,worker,documents', 'PORT'],
    ['', 'PORT'],
    ['worker', 'METRICS_PORT'],
    ['documents,worker', 'METRICS_PORT'],
  ])('asks a process with the roles %j on %s', async (ROLES, name) => {
    expect(await isHealthy({ ROLES, [name]: await service(200) })).toBe(true);
    expect(await isHealthy({ ROLES, [name]: await service(503) })).toBe(false);
    expect(await isHealthy({ ROLES, [name]: '1' })).toBe(false);
  });

  it.each([
    ['LISTEN_ADDRESS', '127.0.0.2', { API_KEYS: 'billing:key', LISTEN_ADDRESS: '127.0.0.2' }],
    ['LISTEN_ADDRESS, a worker', '127.0.0.2', { ROLES: 'worker', LISTEN_ADDRESS: '127.0.0.2' }],
    ['loopback without API keys', '127.0.0.1', { LISTEN_ADDRESS: '127.0.0.2' }],
    ['loopback for every address', '127.0.0.1', { API_KEYS: 'billing:key', LISTEN_ADDRESS: '0.0.0.0' }],
  ])('asks on %s', async (_, address, variables) => {
    const port = await service(200, address);
    expect(await isHealthy({ PORT: port, METRICS_PORT: port, ...variables })).toBe(true);
  });
});
