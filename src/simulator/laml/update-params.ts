import type { Call } from '../calls/call.js';
import type { DocumentAddress } from '../documents/document-request.js';
import { bounded } from '../limits.js';
import type { FormMethod } from '../outgoing/outgoing-request.js';
import { invalidCallbackUrl, invalidMethod, invalidStatus, invalidUrl } from './laml-error.js';

export type Params = Readonly<Record<string, string>>;

export interface Update {
  readonly document: DocumentAddress | null;
  readonly fallback: DocumentAddress | null;
  readonly status: 'canceled' | 'completed' | null;
}

/** The parameters of "Update a Call" in SignalWire's Compatibility API docs. */
export const UPDATE_PARAMETERS: ReadonlySet<string> = new Set([
  'Url',
  'Method',
  'FallbackUrl',
  'FallbackMethod',
  'Status',
  'StatusCallback',
  'StatusCallbackMethod',
]);

/** The parameters of a form or a JSON body. The first value of a repeated name counts. */
export function readParams(body: unknown): Params {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, textOf(value)]));
}

/** A truncated copy, for a record. */
export function boundedParams(params: Params): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [bounded(name), bounded(value)]));
}

/** @throws {LamlError} 21402, 21456, 21209 or 10000 for the first invalid parameter */
export function readUpdate(params: Params): Update {
  const { Url, FallbackUrl, Status, StatusCallback } = params;
  const method = readMethod(params, 'Method');
  const fallbackMethod = readMethod(params, 'FallbackMethod');
  readMethod(params, 'StatusCallbackMethod');
  if (Url !== undefined && !isHttpUrl(Url)) throw invalidUrl('Url');
  if (FallbackUrl !== undefined && !isHttpUrl(FallbackUrl)) throw invalidUrl('FallbackUrl');
  if (StatusCallback !== undefined && !isHttpUrl(StatusCallback)) throw invalidCallbackUrl();
  if (Status !== undefined && Status !== 'canceled' && Status !== 'completed') {
    throw invalidStatus('Status must be canceled or completed');
  }
  return {
    document: Url === undefined ? null : { url: Url, method },
    fallback: FallbackUrl === undefined ? null : { url: FallbackUrl, method: fallbackMethod },
    status: Status ?? null,
  };
}

/** The spec allows no other parameters but does not say how SignalWire handles them. */
export function warnOfUnknown(call: Call, params: Params, isKnown: (name: string) => boolean): void {
  for (const name of Object.keys(params).filter((key) => !isKnown(key))) {
    call.warn(`Unknown parameter ${bounded(name)} ignored`);
  }
}

function readMethod(params: Params, name: string): FormMethod {
  const method = params[name] ?? 'POST';
  if (method !== 'GET' && method !== 'POST') throw invalidMethod(name);
  return method;
}

export function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? textOf(value[0]) : JSON.stringify(value ?? '');
}
