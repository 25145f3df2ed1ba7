import type { Project } from '../projects/project.js';
import type { SignalWireClient } from '../signalwire/signalwire.client.js';
import { CredentialsRefusedError } from '../signalwire/signalwire.errors.js';
import type { SharedClock } from '../platform/redis/shared-clock.js';
import { failed, ok, warning } from './check.js';
import type { Finding } from './check.js';

/** What a read that changes nothing shows. */
export interface SignalWireFindings {
  /** Whether SignalWire accepts the project's credentials. */
  readonly credentials: Finding;
  /** Whether its clock agrees with ours; null if it has not said what time it is. */
  readonly clock: Finding | null;
}

export async function checkSignalWire(
  client: SignalWireClient,
  project: Project,
  clock: SharedClock,
): Promise<SignalWireFindings> {
  try {
    const sentAt = await client.tryCredentials(project);
    return {
      credentials: ok(`${project.spaceUrl} accepts the credentials`),
      clock: sentAt === null ? null : checkClock(clock.now() - sentAt, clock.isShared),
    };
  } catch (error) {
    return { credentials: refusal(error as Error, project), clock: null };
  }
}

function refusal(error: Error, { spaceUrl }: Project): Finding {
  return error instanceof CredentialsRefusedError
    ? failed(
        error.message,
        'check the space, the project ID and the API token, which needs the scope Voice, in the dashboard under API Credentials',
      )
    : failed(error.message, `check that ${spaceUrl} is the space and can be reached from here`);
}

/** As far as times in SignalWire's callbacks may differ from ours. */
const MAX_DIFFERENCE_MS = 30_000;

/**
 * @param aheadMs how far our clock is ahead of SignalWire's
 * @param isShared whether ours is the clock of Redis, which the service goes by, rather than this machine's
 */
export function checkClock(aheadMs: number, isShared: boolean): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  if (Math.abs(aheadMs) <= MAX_DIFFERENCE_MS)
    return ok(`it differs from SignalWire's by ${seconds} s, within ${MAX_DIFFERENCE_MS / 1000} s`);
  const machine = isShared ? 'the machine that runs Redis' : 'this machine';
  return warning(
    `the clock of ${machine} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} SignalWire's: ` +
      'stream status callbacks may be taken for old ones, and ignored',
    `set the clock of ${machine} by NTP`,
  );
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
