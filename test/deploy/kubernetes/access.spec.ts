import { readFileSync } from 'node:fs';
import type { INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer';
import { describe, expect, it } from 'vitest';
import { areLeftOut, FOLDERS, manifestsOf, nameOf, podsOf, selects } from './manifests.js';

type Folder = (typeof FOLDERS)[number];
type Pod = ReturnType<typeof podsOf>[number];

const CLIENTS = { namespaceSelector: {}, podSelector: { matchLabels: { 'streamstop/client': 'true' } } };
const MONITORING = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } };

/** The number of a port that is given by name or number; undefined where the pod has no such name. */
const portOf = (port: string | number | undefined, { ports }: Pod): number | undefined =>
  typeof port === 'string' ? ports[port] : port;

const policiesFor = (folder: Folder, pod: Pod) =>
  manifestsOf(folder)
    .ofKind('NetworkPolicy')
    .filter(({ spec }) => selects(spec!.podSelector.matchLabels, pod.labels));

/** Who may reach each port of a pod; undefined means anybody. */
function openedOn(folder: Folder, pod: Pod): Record<number, (INetworkPolicyPeer | undefined)[]> {
  const opened: Record<number, (INetworkPolicyPeer | undefined)[]> = {};
  for (const { ports, from } of policiesFor(folder, pod).flatMap(({ spec }) => spec!.ingress ?? [])) {
    for (const { port } of ports!) (opened[portOf(port, pod)!] ??= []).push(...(from ?? [undefined]));
  }
  return opened;
}

/** The port of each pod that a Service leads to, by the name of its Deployment. */
const behind = (folder: Folder, service: string) => {
  const { selector, ports } = manifestsOf(folder)
    .ofKind('Service')
    .find((manifest) => nameOf(manifest) === service)!.spec!;
  const pods = podsOf(folder).filter(({ labels }) => selects(selector, labels));
  return Object.fromEntries(pods.map((pod) => [pod.name, portOf(ports![0]!.targetPort, pod)]));
};

describe.skipIf(areLeftOut)('what the Kubernetes manifests open', () => {
  it.each([
    ['overlays/one-pod', 'streamstop-all-roles', { 3000: [CLIENTS, MONITORING], 3001: [undefined] }],
    ['overlays/roles-apart', 'streamstop-api', { 3000: [CLIENTS, MONITORING] }],
    ['overlays/roles-apart', 'streamstop-documents', { 3001: [undefined], 3002: [MONITORING] }],
    ['overlays/roles-apart', 'streamstop-worker', { 3002: [MONITORING] }],
  ] as const)('is, in %s for %s, only PUBLIC_PORT to anybody', (folder, name, expected) => {
    const pod = podsOf(folder).find((one) => one.name === name)!;
    const { PORT, PUBLIC_PORT, METRICS_PORT } = pod.variables;
    expect([PORT, PUBLIC_PORT, METRICS_PORT]).toEqual(['3000', '3001', '3002']);
    expect(openedOn(folder, pod)).toEqual(expected);
    const types = policiesFor(folder, pod).map(({ spec }) => spec!.policyTypes);
    expect(new Set(types.flat())).toEqual(new Set(['Ingress']));
  });

  it.each([
    ['overlays/one-pod', 'streamstop-public', { 'streamstop-all-roles': 3001 }],
    ['overlays/one-pod', 'streamstop', { 'streamstop-all-roles': 3000 }],
    ['overlays/one-pod', 'streamstop-metrics', { 'streamstop-all-roles': 3000 }],
    ['overlays/roles-apart', 'streamstop-public', { 'streamstop-documents': 3001 }],
    ['overlays/roles-apart', 'streamstop', { 'streamstop-api': 3000 }],
    [
      'overlays/roles-apart',
      'streamstop-metrics',
      { 'streamstop-api': 3000, 'streamstop-documents': 3002, 'streamstop-worker': 3002 },
    ],
  ] as const)('leads, in %s by the Service %s, to the right ports', (folder, service, expected) => {
    expect(behind(folder, service)).toEqual(expected);
  });

  it.each(FOLDERS)('is scraped once per pod in %s, with METRICS_TOKEN, as the job of the rules', (folder) => {
    const { ofKind } = manifestsOf(folder);
    const [monitor] = ofKind('ServiceMonitor');
    const [endpoint] = monitor!.spec.endpoints;
    const scraped = ofKind('Service').filter(
      ({ metadata, spec }) =>
        selects(monitor!.spec.selector.matchLabels, metadata?.labels ?? {}) &&
        spec!.ports!.some(({ name }) => name === endpoint!.port),
    );
    expect(monitor!.spec.endpoints).toHaveLength(1);
    expect(scraped.map(nameOf)).toEqual(['streamstop-metrics']);
    expect(scraped[0]!.metadata!.labels![monitor!.spec.jobLabel!]).toBe('streamstop');
    const { name, key } = endpoint!.authorization!.credentials!;
    for (const { variables } of podsOf(folder)) {
      expect(`/run/secrets/${name}/${key}`).toBe(variables['METRICS_TOKEN_FILE']);
    }
  });

  it('leads SignalWire from PUBLIC_URL to every route of the public port, and to nothing else', () => {
    const { ofKind } = manifestsOf('example');
    const [{ spec }] = ofKind('Ingress') as [ReturnType<typeof ofKind<'Ingress'>>[number]];
    const [rule] = spec!.rules!;
    const [path] = rule!.http!.paths;
    for (const { variables } of podsOf('example')) {
      expect(`https://${rule!.host}`).toBe(variables['PUBLIC_URL']);
    }
    expect(spec!.tls![0]!.hosts).toEqual([rule!.host]);
    const { service } = path!.backend;
    const target = ofKind('Service').find((one) => nameOf(one) === service!.name);
    expect(target?.spec!.ports!.map(({ name }) => name)).toContain(service!.port!.name);
    expect(behind('example', service!.name)).toEqual({ 'streamstop-documents': 3001 });
    const description = new URL('../../../docs/openapi-public.json', import.meta.url);
    const { paths } = JSON.parse(readFileSync(description, 'utf8')) as { paths: object };
    expect(Object.keys(paths).filter((route) => !route.startsWith(path!.path!))).toEqual([]);
  });
});
