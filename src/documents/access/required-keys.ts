import type { Project } from '../../projects/project.js';

type Keyed = Pick<Project, 'signingKeys'>;

/** Which keys may have signed a request on `PUBLIC_PORT`. */
export interface RequiredKeys {
  /** Those of a single project, so that refusing a wrong signature costs little however many projects there are. */
  readonly keys: readonly string[];
  /** Whether an unsigned request passes too, because it may belong to a project without a key. */
  readonly isOpen: boolean;
}

/**
 * A request without a known project is checked with the keys of the first project that has any. It takes as long as any
 * other, so its response time does not tell whether a link or an account exists.
 */
export function requiredKeys(project: Keyed | undefined, all: readonly Keyed[]): RequiredKeys {
  const possible = project === undefined ? all : [project];
  const isOpen = possible.some(({ signingKeys }) => signingKeys.length === 0);
  const keyed = possible.find(({ signingKeys }) => signingKeys.length > 0);
  return { keys: keyed?.signingKeys ?? [], isOpen };
}
