import { DEMO_KEY } from '../platform/http/api-key.js';
import { isPrivateHost, isPublicHttps } from '../platform/outgoing/private-host.js';
import { InvalidEnvironmentError } from './environment.js';
import type { ServiceEnvironment } from './service.environment.js';

/** Whether every space has a private address, as the simulator has, so that nothing here concerns SignalWire itself. */
export const arePrivate = (spaceUrls: readonly string[]): boolean =>
  spaceUrls.every((url) => isPrivateHost(new URL(url).hostname));

/**
 * Refuses what is safe beside the simulator alone: the key that everybody knows, plain http to a space, and addresses
 * at which SignalWire cannot fetch documents. Its update would take a call's document away and put none in its place.
 *
 * @param spaceUrls of all projects
 * @throws {InvalidEnvironmentError}
 */
export function checkSpaces(environment: ServiceEnvironment, spaceUrls: readonly string[]): void {
  if (arePrivate(spaceUrls)) return;
  const faults = [
    ...knownKeysIn(environment),
    ...spaceUrls.flatMap(clearTextFault),
    ...privateDocumentsIn(environment),
  ];
  if (faults.length > 0) throw new InvalidEnvironmentError(faults);
}

const knownKeysIn = ({ API_KEYS }: ServiceEnvironment): string[] =>
  API_KEYS.some(({ key }) => key === DEMO_KEY)
    ? [`API_KEYS must not contain ${DEMO_KEY}, which everybody knows, unless every space is the simulator's`]
    : [];

function clearTextFault(spaceUrl: string): string[] {
  const { protocol, host, hostname } = new URL(spaceUrl);
  return protocol === 'https:' || isPrivateHost(hostname)
    ? []
    : [`the space ${host} must be reached by https, because plain http sends its API token in the clear`];
}

function privateDocumentsIn({
  PUBLIC_URL,
  FALLBACK_URL,
  ALLOW_PRIVATE_PUBLIC_URL,
}: ServiceEnvironment): string[] {
  if (ALLOW_PRIVATE_PUBLIC_URL) return [];
  return Object.entries({ PUBLIC_URL, FALLBACK_URL }).flatMap(([name, url]) =>
    url === undefined || isPublicHttps(new URL(url))
      ? []
      : [
          `${name} must be a public https address, because SignalWire fetches documents there; ` +
            'ALLOW_PRIVATE_PUBLIC_URL=true if it can be reached all the same',
        ],
  );
}
