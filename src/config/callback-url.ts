import { isAllowedHost } from '../cxml/document-hosts.js';
import type { DocumentHost } from '../cxml/document-hosts.js';
import { isPublicHttps } from '../platform/outgoing/private-host.js';

export const MAX_CALLBACK_URL_LENGTH = 2048;

/** A host in ASCII without escapes: programs differ in what they make of others. */
const FORM = /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?(?:[/?][^\s#]*)?$/i;

export const CALLBACK_URL_FORM =
  `an http or https URL of at most ${MAX_CALLBACK_URL_LENGTH} characters, such as https://app.example.com/stopped, without user and ` +
  'fragment and with its host in ASCII';

export const isCallbackUrl = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length <= MAX_CALLBACK_URL_LENGTH &&
  FORM.test(value) &&
  URL.canParse(value);

/** The variables that say where callbacks may go, and what signs them. */
export interface CallbackRules {
  readonly CALLBACK_HOSTS?: readonly DocumentHost[];
  readonly CALLBACK_SECRETS?: readonly string[];
  readonly ALLOW_PRIVATE_CALLBACKS: boolean;
}

/**
 * Why callbacks cannot go to `url`, as the service is configured now; null if they can.
 *
 * @param field blamed for it
 */
export function callbackFault(url: string, field: string, rules: CallbackRules): string | null {
  if (rules.CALLBACK_HOSTS === undefined)
    return `${field} is not taken here: CALLBACK_HOSTS, the variable that says which hosts are allowed, is not set`;
  if (rules.CALLBACK_SECRETS === undefined)
    return `${field} is not taken here: CALLBACK_SECRETS, the variable with the secret that signs callbacks, is not set`;
  if (!isAllowedHost(new URL(url), rules.CALLBACK_HOSTS))
    return `${field} must lead to one of the hosts that CALLBACK_HOSTS allows`;
  if (!rules.ALLOW_PRIVATE_CALLBACKS && !isPublicHttps(new URL(url)))
    return `${field} must be a public https address, unless ALLOW_PRIVATE_CALLBACKS is true`;
  return null;
}

const SECRET = /^whsec_(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

export const CALLBACK_SECRETS_FORM =
  'one secret, or two separated by a comma: whsec_ followed by 24 to 64 random bytes in base64; make one with: ' +
  'echo "whsec_$(openssl rand -base64 32)"';

/** Null if any is no secret of Standard Webhooks (https://www.standardwebhooks.com), whose keys have 24 to 64 bytes. */
export function parseCallbackSecrets(text: string): string[] | null {
  const secrets = text.split(',').map((secret) => secret.trim());
  return secrets.length <= 2 && secrets.every(isSecret) ? secrets : null;
}

function isSecret(text: string): boolean {
  const bytes = Buffer.from(text.slice('whsec_'.length), 'base64').length;
  return SECRET.test(text) && bytes >= 24 && bytes <= 64;
}
