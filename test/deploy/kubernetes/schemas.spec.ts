import { describe, expect, it } from 'vitest';
import { areLeftOut, FOLDERS, manifestsOf, nameOf } from './manifests.js';
import type { Manifest } from './manifests.js';
import { schemaFaultOf, typeFaultsIn } from './schemas.js';

const [some] = areLeftOut ? [] : manifestsOf('overlays/one-pod').ofKind('Deployment');
const changed = (spec: object): Manifest => ({ ...some!, spec: { ...some!.spec!, ...spec } });

describe.skipIf(areLeftOut)('the Kubernetes manifests', () => {
  it.each(FOLDERS)('fit the JSON schemas of their kinds in %s', (folder) => {
    const faults = manifestsOf(folder).all.map((manifest) => [nameOf(manifest), schemaFaultOf(manifest)]);
    expect(faults.filter(([, fault]) => fault !== null)).toEqual([]);
  });

  it.each(FOLDERS)('have no field that their kinds do not have in %s', (folder) => {
    expect(typeFaultsIn(manifestsOf(folder).all)).toEqual([]);
  });

  it.each([
    ['a field of a wrong type', { replicas: 'two' }],
    ['a missing field', { template: undefined }],
  ])('would be refused with %s', (_, spec) => {
    expect(schemaFaultOf(changed(spec))).not.toBeNull();
  });

  it('would be refused with a misspelled field', () => {
    expect(typeFaultsIn([changed({ minReadySecond: 5 })])).toEqual([
      expect.stringContaining('minReadySecond'),
    ]);
  });
});
