import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ServiceEnvironment } from '../../../src/config/service.environment.js';
import { areLeftOut, FOLDERS, manifestsOf, nameOf, podsOf, selects } from './manifests.js';

const OPERATIONS = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');

/** The fields of KEDA's Prometheus scaler, https://keda.sh/docs/latest/scalers/prometheus/; its schema knows none. */
const SCALER_FIELDS = new Set([
  'serverAddress',
  'query',
  'queryParameters',
  'threshold',
  'activationThreshold',
  'namespace',
  'customHeaders',
  'ignoreNullValues',
  'unsafeSsl',
  'timeout',
  'authModes',
]);

describe.skipIf(areLeftOut).each(FOLDERS)('the scaling in %s', (folder) => {
  const { ofKind } = areLeftOut ? { ofKind: () => [] } : manifestsOf(folder);

  it('has one autoscaler for each Deployment, which keeps two pods at least', () => {
    const byProcessor = ofKind('HorizontalPodAutoscaler').map(({ spec }) => spec!);
    const byQueue = ofKind('ScaledObject').map(({ spec }) => spec);
    const scaled = [...byProcessor, ...byQueue].map(({ scaleTargetRef }) => scaleTargetRef.name);
    expect(scaled.toSorted()).toEqual(ofKind('Deployment').map(nameOf).toSorted());
    const least = [
      ...byProcessor.map(({ minReplicas }) => minReplicas),
      ...byQueue.map(({ minReplicaCount }) => minReplicaCount),
    ];
    expect(new Set(least)).toEqual(new Set([2]));
    expect(ofKind('Deployment').map(({ spec }) => spec!.replicas)).toEqual(scaled.map(() => undefined));
  });

  it('lets one pod of each Deployment go at a time', () => {
    const budgets = ofKind('PodDisruptionBudget');
    for (const { name, labels } of podsOf(folder)) {
      const own = budgets.filter(({ spec }) => selects(spec!.selector!.matchLabels, labels));
      expect([name, own.map(nameOf), own[0]?.spec!.maxUnavailable]).toEqual([name, [name], 1]);
    }
  });

  it('spreads the pods of each Deployment over zones and machines', () => {
    for (const { labels, spec } of podsOf(folder)) {
      const constraints = spec.topologySpreadConstraints!;
      expect(constraints.map(({ topologyKey }) => topologyKey)).toEqual([
        'topology.kubernetes.io/zone',
        'kubernetes.io/hostname',
      ]);
      for (const { labelSelector } of constraints) {
        expect(labelSelector!.matchLabels).not.toEqual({});
        expect(selects(labelSelector!.matchLabels, labels)).toBe(true);
      }
    }
  });

  it('selects, for each Deployment, its own pods alone', () => {
    const pods = podsOf(folder);
    for (const deployment of ofKind('Deployment')) {
      const own = pods.filter(({ labels }) => selects(deployment.spec!.selector.matchLabels, labels));
      expect(own.map(({ name }) => name)).toEqual([nameOf(deployment)]);
    }
  });
});

describe.skipIf(areLeftOut)('the scaling of workers', () => {
  const [scaled] = areLeftOut ? [] : manifestsOf('overlays/roles-apart').ofKind('ScaledObject');
  const triggers = scaled?.spec.triggers ?? [];

  it('goes by the oldest waiting age and by the depth', () => {
    const metrics = triggers.map(({ metadata }) => metadata['query']!.match(/streamstop_\w+/g));
    expect(metrics).toEqual([['streamstop_oldest_ready_age_seconds'], ['streamstop_jobs']]);
  });

  it.each(triggers.map(({ name, metadata }) => [name, metadata] as const))(
    'asks for metrics that exist, and stands still where they are absent: %s',
    (_, metadata) => {
      for (const metric of metadata['query']!.match(/streamstop_\w+/g)!) {
        expect(OPERATIONS).toContain(`| \`${metric}\` | gauge |`);
      }
      expect(Object.keys(metadata).filter((field) => !SCALER_FIELDS.has(field))).toEqual([]);
      expect(metadata['ignoreNullValues']).toBe('false');
    },
  );

  it('counts jobs by states that exist, and adds workers before all are fully used', () => {
    const { query, threshold } = triggers[1]!.metadata;
    const [, states = ''] = /state=~"([^"]+)"/.exec(query!) ?? [];
    const [, counts = ''] = /^ {2}"counts": (\{.*?\}),$/m.exec(OPERATIONS) ?? [];
    for (const state of states.split('|')) expect(JSON.parse(counts)).toHaveProperty(state);
    expect(Number(threshold)).toBeLessThan(new ServiceEnvironment().WORKER_CONCURRENCY);
  });
});
