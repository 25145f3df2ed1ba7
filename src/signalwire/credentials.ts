import type { Project } from '../projects/project.js';
import { redactor } from './redactor.js';
import type { Redact } from './redactor.js';

export interface Credentials {
  /** The value of the header `Authorization`. */
  readonly authorization: string;
  /** Removes the credentials from what an error may repeat. */
  readonly redact: Redact;
}

/** Weak, so that a reload lets go of replaced credentials. */
const known = new WeakMap<Project, Credentials>();

/** Made once per project. */
export function credentialsOf(project: Project): Credentials {
  const credentials = known.get(project) ?? newCredentials(project);
  known.set(project, credentials);
  return credentials;
}

function newCredentials({ projectId, apiToken }: Project): Credentials {
  const basic = Buffer.from(`${projectId}:${apiToken}`).toString('base64');
  return { authorization: `Basic ${basic}`, redact: redactor([basic, apiToken]) };
}
