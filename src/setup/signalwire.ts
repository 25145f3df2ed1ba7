import type { Project } from '../projects/project.js';
import type { SignalWireClient } from '../signalwire/signalwire.client.js';
import { CallNotFoundError, CredentialsRefusedError } from '../signalwire/signalwire.errors.js';
import { failed, ok, warning } from './check.js';
import type { Finding } from './check.js';

/** Whether SignalWire accepts the project's credentials, by a read that changes nothing. */
export async function checkCredentials(client: SignalWireClient, project: Project): Promise<Finding> {
  try {
    await client.tryCredentials(project);
  } catch (error) {
    if (error instanceof CredentialsRefusedError)
      return failed(
        error.message,
        'check the space, the project ID and the API token, which needs the scope Voice, in the dashboard under API Credentials',
      );
    if (!(error instanceof CallNotFoundError))
      return failed(
        (error as Error).message,
        `check that ${project.spaceUrl} is the space and can be reached from here`,
      );
  }
  return ok(`${project.spaceUrl} accepts the credentials`);
}

/** As the documentation of SignalWire's SDKs shows them. */
const SIGNING_KEY = /^PSK\w{8,}$/;

/** Whether the project's signing keys look like signing keys. Only a signed request can show whether they are right. */
export function checkSigningKeys({ signingKeys }: Pick<Project, 'signingKeys'>): Finding {
  if (signingKeys.length === 0)
    return warning(
      'there is none: what claims to come from SignalWire is not verified, and stream_stopped cannot be proven',
      'set SIGNALWIRE_SIGNING_KEY to the signing key in the dashboard under API Credentials',
    );
  return signingKeys.every((key) => SIGNING_KEY.test(key))
    ? ok('it has the form of a signing key')
    : warning(
        'it does not have the form of a signing key, which is PSK and letters or digits',
        'copy the signing key from the dashboard under API Credentials; the API token does not verify signatures',
      );
}
