import type { Project } from '../projects/project.js';

/**
 * The keys one of which must have signed a request that can be any of these projects'; null where it needs no
 * signature, since one of them has no keys.
 */
export function requiredKeys(possible: readonly Pick<Project, 'signingKeys'>[]): readonly string[] | null {
  const areVerified = possible.every(({ signingKeys }) => signingKeys.length > 0);
  return areVerified ? possible.flatMap(({ signingKeys }) => signingKeys) : null;
}
