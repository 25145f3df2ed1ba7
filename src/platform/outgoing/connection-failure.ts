/** System errors in words; others keep their own message. */
const WORDS: ReadonlyMap<unknown, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection reset'],
  ['EHOSTUNREACH', 'no route to the host'],
  ['ENETUNREACH', 'network unreachable'],
  ['ETIMEDOUT', 'connection timed out'],
  ['ENOTFOUND', 'unknown host name'],
  ['EAI_AGAIN', 'host names cannot be resolved'],
]);

const CERTIFICATE_CODE = /CERT|LEAF_SIGNATURE/;

interface SystemError extends NodeJS.ErrnoException {
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
}

/**
 * Why no connection was made, with every address that was tried: "connection refused (203.0.113.1:443,
 * 203.0.113.2:443)". Node reports a host with several addresses as an `AggregateError` without a message.
 */
export function connectionFailure(cause: unknown): string {
  const errors: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  const triedByReason = new Map<string, string[]>();
  for (const error of errors) {
    const reason = reasonOf(error);
    triedByReason.set(reason, [...(triedByReason.get(reason) ?? []), ...triedBy(error)]);
  }
  return [...triedByReason]
    .map(([reason, tried]) => (tried.length > 0 ? `${reason} (${tried.join(', ')})` : reason))
    .join('; ');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, message, name } = error as SystemError;
  if (CERTIFICATE_CODE.test(code ?? '')) return `certificate not accepted: ${message || code}`;
  return WORDS.get(code) ?? (message || code || name);
}

/** The address or the name that was tried; empty if the message already names it, or there is none. */
function triedBy(error: unknown): string[] {
  const { code, address, port, hostname } = Object(error) as SystemError;
  if (!WORDS.has(code)) return [];
  if (address === undefined) return hostname === undefined ? [] : [hostname];
  return [`${address.includes(':') ? `[${address}]` : address}:${port}`];
}
