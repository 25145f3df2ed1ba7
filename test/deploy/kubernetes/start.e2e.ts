import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { freePort } from '../../../src/demo/free-port.js';
import { startSimulator } from '../../../src/simulator/simulator.js';
import { run } from '../../support/program.js';
import { areLeftOut, podsOf, SECRETS, withSecrets } from './manifests.js';

const PORTS = ['PORT', 'PUBLIC_PORT', 'METRICS_PORT'] as const;

/** The status that a kubelet sees, which names the pod's address as host. */
async function statusOf(port: number, path: string): Promise<number | undefined> {
  const request = get({ port, path, host: '127.0.0.1', headers: { host: `10.244.0.7:${port}` } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

describe.skipIf(areLeftOut)('a pod', () => {
  const pods = areLeftOut ? [] : [...podsOf('overlays/one-pod'), ...podsOf('example')];

  it.each(pods)('of $name starts with its variables and answers its probes', async (pod) => {
    const { container, ports, variables } = pod;
    const simulator = await startSimulator({ log: false });
    onTestFinished(() => simulator.close());
    const [example] = podsOf('example');
    const free = Object.fromEntries(
      await Promise.all(PORTS.map(async (name) => [name, String(await freePort())] as const)),
    );
    const service = run({
      ...withSecrets(
        { ...example!.variables, ...variables },
        { ...SECRETS, 'redis-url': inject('redisUrl'), 'signalwire-api-token': simulator.apiToken },
      ),
      ...free,
      PUBLIC_URL: `http://127.0.0.1:${free['PUBLIC_PORT']}`,
      SIGNALWIRE_SPACE_URL: simulator.url,
      SIGNALWIRE_PROJECT_ID: simulator.projectId,
      QUEUE_PREFIX: `{test-${randomUUID()}}`,
    });
    expect(await service.logged('started')).toMatchObject({ roles: variables['ROLES']!.split(',') });
    const local = (named: string): number => {
      const variable = PORTS.find((name) => Number(variables[name]) === ports[named]);
      return Number(free[variable!]);
    };
    const { startupProbe, livenessProbe, readinessProbe } = container;
    for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
      const { path, port } = probe!.httpGet!;
      expect([path, await statusOf(local(String(port)), path!)]).toEqual([path, 200]);
    }
    const served = 'public' in ports ? await statusOf(local('public'), '/laml/ping/none') : null;
    expect(served ?? 404).toBeLessThan(500);
  });
});
