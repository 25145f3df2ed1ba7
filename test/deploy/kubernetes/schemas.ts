import { fileURLToPath } from 'node:url';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Service } from 'kubernetes-models/v1/Service';
import ts from 'typescript';
import type { Manifest } from './manifests.js';

type Model = new (manifest: never) => { validate(): void };

/** What validates each kind, and the module that declares it. */
const KINDS: Record<Manifest['kind'], readonly [Model, string]> = {
  ConfigMap: [ConfigMap, 'kubernetes-models/v1/ConfigMap'],
  Deployment: [Deployment, 'kubernetes-models/apps/v1/Deployment'],
  HorizontalPodAutoscaler: [
    HorizontalPodAutoscaler,
    'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler',
  ],
  Ingress: [Ingress, 'kubernetes-models/networking.k8s.io/v1/Ingress'],
  Namespace: [Namespace, 'kubernetes-models/v1/Namespace'],
  NetworkPolicy: [NetworkPolicy, 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'],
  PodDisruptionBudget: [PodDisruptionBudget, 'kubernetes-models/policy/v1/PodDisruptionBudget'],
  ScaledObject: [ScaledObject, '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'],
  Service: [Service, 'kubernetes-models/v1/Service'],
  ServiceMonitor: [
    ServiceMonitor,
    '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor',
  ],
};

/** What the JSON schema of its kind says of a manifest. Schemas permit unknown fields. */
export function schemaFaultOf(manifest: Manifest): string | null {
  const [Kind] = KINDS[manifest.kind];
  try {
    new Kind(manifest as never).validate();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What TypeScript says of manifests as literals of the types made from the same schemas: fields that do not exist. */
export function typeFaultsIn(manifests: readonly Manifest[]): string[] {
  const file = fileURLToPath(new URL('manifests-as-literals.ts', import.meta.url));
  const text = manifests
    .map(({ kind, ...rest }, index) => {
      const type = `import('${KINDS[kind][1]}').I${kind}`;
      return `export const manifest${index}: ${type} = ${JSON.stringify({ kind, ...rest })};`;
    })
    .join('\n');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const readSource = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2023) : readSource(name, ...rest);
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
