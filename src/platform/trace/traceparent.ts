const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

const ZEROES = /^0+$/;

const SAMPLED = 1;

/**
 * The trace context of a request, as version 00 of the W3C specification writes it:
 * https://www.w3.org/TR/trace-context/#traceparent-header.
 * A later version may have more at its end, and only its flag `sampled` is known to mean the same.
 *
 * @returns undefined if there is none, or an invalid one, which must be ignored
 */
export function traceparentOf(header: string | readonly string[] | undefined): string | undefined {
  const read = typeof header === 'string' ? TRACEPARENT.exec(header) : null;
  if (read === null) return undefined;
  const [whole, version, traceId = '', parentId = '', flags = '', more] = read;
  if (version === 'ff' || ZEROES.test(traceId) || ZEROES.test(parentId)) return undefined;
  if (version !== '00') return `00-${traceId}-${parentId}-0${Number.parseInt(flags, 16) & SAMPLED}`;
  return more === undefined ? whole : undefined;
}

/** @param traceparent a valid one */
export const traceIdOf = (traceparent: string | undefined): string | undefined => traceparent?.split('-')[1];
