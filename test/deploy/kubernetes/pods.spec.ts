import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEnvironment, variablesOf } from '../../../src/config/environment.js';
import { ROLES, ServiceEnvironment } from '../../../src/config/service.environment.js';
import { areLeftOut, FOLDERS, manifestsOf, podsOf, SECRETS, withSecrets } from './manifests.js';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

const pods = areLeftOut ? [] : FOLDERS.flatMap((folder) => podsOf(folder).map((pod) => ({ ...pod, folder })));

describe.skipIf(areLeftOut)('the Kubernetes manifests', () => {
  it.each(FOLDERS)('run every role once in %s', (folder) => {
    const roles = podsOf(folder).flatMap(({ variables }) => variables['ROLES']!.split(','));
    expect(roles.toSorted()).toEqual([...ROLES].toSorted());
  });

  it.each(FOLDERS)('hold no secret in %s', (folder) => {
    expect(manifestsOf(folder).all.map(({ kind }) => kind as string)).not.toContain('Secret');
  });
});

describe.skipIf(areLeftOut).each(pods)('a pod of $name in $folder', (pod) => {
  const { spec, container, ports, variables } = pod;
  const roles = variables['ROLES']?.split(',') ?? [];

  it('sets only variables that the service has', () => {
    const known = variablesOf(ServiceEnvironment);
    expect(Object.keys(variables).filter((name) => !known.has(name))).toEqual([]);
  });

  it('has each secret in a file of the mounted Secret, and none in a variable', () => {
    const [mount] = container.volumeMounts!;
    const [volume] = spec.volumes!;
    expect(volume).toMatchObject({ name: mount!.name, secret: { secretName: 'streamstop' } });
    const files = Object.entries(variables).filter(([name]) => name.endsWith('_FILE'));
    for (const [name, value] of files) {
      expect([name, dirname(value)]).toEqual([name, mount!.mountPath]);
      expect(SECRETS).toHaveProperty([basename(value)]);
    }
    const others = Object.keys(variables).filter((name) => !name.endsWith('_FILE'));
    expect(others.filter((name) => /SECRET|TOKEN|KEY|REDIS_URL/.test(name))).toEqual([]);
  });

  it('publishes the ports that its roles serve', () => {
    const health = Number(variables[roles.includes('api') ? 'PORT' : 'METRICS_PORT']);
    expect(ports).toEqual({
      health,
      ...(roles.includes('documents') && { public: Number(variables['PUBLIC_PORT']) }),
    });
  });

  it('is probed on routes that the service has', () => {
    const { paths } = JSON.parse(read('docs/openapi.json')) as { paths: object };
    const { startupProbe, livenessProbe, readinessProbe } = container;
    for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
      expect(paths).toHaveProperty([probe!.httpGet!.path!, 'get']);
      expect(ports).toHaveProperty(String(probe!.httpGet!.port));
    }
    expect([startupProbe, livenessProbe].map((probe) => probe!.httpGet!.path)).toEqual([
      '/health/live',
      '/health/live',
    ]);
  });

  // Without Redis, a process with the role `api` or `worker` is not ready, and it could still serve documents.
  it('goes on serving documents while Redis is away', () => {
    const dependsOnRedis = roles.some((role) => role !== 'documents');
    const path = roles.includes('documents') && dependsOnRedis ? '/health/live' : '/health/ready';
    expect(container.readinessProbe!.httpGet!.path).toBe(path);
  });

  it('has more time to stop than the service takes', () => {
    const marginMs = 2000;
    const stopMs = Math.max(Number(variables['DRAIN_MS']), Number(variables['SHUTDOWN_TIMEOUT_MS']));
    expect(spec.terminationGracePeriodSeconds! * 1000).toBeGreaterThan(stopMs + marginMs);
  });

  it("satisfies the restricted security standard, as the image's user", () => {
    const [, user, group] = /^USER (\d+):(\d+)\n(?![^]*^FROM)/m.exec(read('Dockerfile')) ?? [];
    expect(spec.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: Number(user),
      runAsGroup: Number(group),
      fsGroup: Number(group),
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
  });

  it('runs an image that is named by its digest', () => {
    expect(container.image).toMatch(/^[\w./-]+@sha256:[0-9a-f]{64}$/);
  });

  it('asks for memory and processor, and is limited in memory', () => {
    expect(container.resources).toEqual({
      requests: { cpu: expect.any(String), memory: expect.any(String) },
      limits: { memory: expect.any(String) },
    });
  });
});

describe.skipIf(areLeftOut)('the example', () => {
  it('has all variables that the service needs, with valid values', () => {
    for (const { variables } of podsOf('example')) {
      const environment = readEnvironment(ServiceEnvironment, withSecrets(variables));
      expect(environment).toMatchObject({
        ROLES: variables['ROLES']!.split(','),
        REDIS_URL: SECRETS['redis-url'],
      });
    }
  });
});
