import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { IService } from 'kubernetes-models/v1/Service';
import { onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';

/** What can be applied: the two overlays, and the folder that users copy. */
export const FOLDERS = ['overlays/one-pod', 'overlays/roles-apart', 'example'] as const;

/** The kustomize of older ones does not know all that the overlays use. */
const OLDEST_MINOR = 24;

/** On a machine without kubectl, or with an old one. */
export const areLeftOut = !hasKubectl();

function hasKubectl(): boolean {
  const { status, stdout } = spawnSync('kubectl', ['version', '--client', '--output', 'json'], {
    encoding: 'utf8',
  });
  if (status !== 0) return false;
  const { clientVersion } = JSON.parse(stdout) as { clientVersion: { minor: string } };
  return Number.parseInt(clientVersion.minor, 10) >= OLDEST_MINOR;
}

export type Manifest =
  | IConfigMap
  | IDeployment
  | IHorizontalPodAutoscaler
  | IIngress
  | INamespace
  | INetworkPolicy
  | IPodDisruptionBudget
  | IScaledObject
  | IService
  | IServiceMonitor;

type OfKind<Kind> = Extract<Manifest, { kind: Kind }>;

const rendered = new Map<string, Manifest[]>();

function render(folder: string): Manifest[] {
  const path = fileURLToPath(new URL(`../../../deploy/kubernetes/${folder}`, import.meta.url));
  const text = execFileSync('kubectl', ['kustomize', path], { encoding: 'utf8' });
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** What `kubectl apply -k` would send to the cluster. */
export function manifestsOf(folder: (typeof FOLDERS)[number]) {
  const all = rendered.get(folder) ?? render(folder);
  rendered.set(folder, all);
  return {
    all,
    ofKind: <Kind extends Manifest['kind']>(kind: Kind) =>
      all.filter((manifest): manifest is OfKind<Kind> => manifest.kind === kind),
  };
}

export const nameOf = (manifest: Manifest): string => manifest.metadata?.name ?? '';

/** Each kind of pod, by the name of its Deployment. */
export function podsOf(folder: (typeof FOLDERS)[number]) {
  const { ofKind } = manifestsOf(folder);
  return ofKind('Deployment').map((deployment) => {
    const { metadata, spec } = deployment.spec!.template;
    const [container] = spec!.containers;
    const settings = ofKind('ConfigMap').find(
      (map) => nameOf(map) === container!.envFrom?.[0]?.configMapRef?.name,
    );
    const own = Object.fromEntries((container!.env ?? []).map(({ name, value = '' }) => [name, value]));
    return {
      name: nameOf(deployment),
      labels: metadata?.labels ?? {},
      spec: spec!,
      container: container!,
      ports: Object.fromEntries(container!.ports!.map(({ name, containerPort }) => [name, containerPort])),
      /** Of its process. */
      variables: { ...settings?.data, ...own },
    };
  });
}

/** Files of the Secret, with values of the right form. */
export const SECRETS: Readonly<Record<string, string>> = {
  'link-secret': 'a link secret for tests, of 32 bytes or more',
  'metrics-token': 'a-metrics-token-of-24-characters',
  'redis-url': 'redis://redis.example.com:6379',
  'signalwire-api-token': 'PT0123456789',
  'signalwire-signing-key': 'PSK0123456789',
  'api-keys.json': JSON.stringify({
    keys: [{ name: 'billing', keyHash: '0'.repeat(64), scopes: ['cancel', 'read'] }],
  }),
};

/** The variables of a process as if `secrets` were mounted, in a folder of the running test. */
export function withSecrets(
  variables: Readonly<Record<string, string>>,
  secrets = SECRETS,
): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'streamstop-kubernetes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, value] of Object.entries(secrets)) writeFileSync(join(folder, name), value);
  const mounted = Object.entries(variables).map(([name, value]) => [
    name,
    name.endsWith('_FILE') ? join(folder, basename(value)) : value,
  ]);
  return Object.fromEntries(mounted) as Record<string, string>;
}

export const selects = (labels: Record<string, string> | undefined, of: Record<string, string>): boolean =>
  Object.entries(labels ?? {}).every(([key, value]) => of[key] === value);
