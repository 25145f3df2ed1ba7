import type { Project } from '../../projects/project.js';

type Keyed = Pick<Project, 'signingKeys'>;

/** Which keys must have signed a request on `PUBLIC_PORT`. */
export interface RequiredKeys {
  /** Those of one project, however many there are, so that a wrong signature is little work. */
  readonly keys: readonly string[];
  /** Whether the request passes unsigned as well, since it can be of a project without keys. */
  readonly isOpen: boolean;
}

/**
 * A request that is of no project of ours is as much work as one that is: it is verified with the keys of the first
 * project that has any.
 */
export function requiredKeys(project: Keyed | undefined, all: readonly Keyed[]): RequiredKeys {
  const possible = project === undefined ? all : [project];
  const isOpen = possible.some(({ signingKeys }) => signingKeys.length === 0);
  const keyed = possible.find(({ signingKeys }) => signingKeys.length > 0);
  return { keys: keyed?.signingKeys ?? [], isOpen };
}
