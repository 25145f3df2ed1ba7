import { hash } from 'node:crypto';
import type { ApiKey } from '../platform/http/api-key.js';
import { SCOPES } from './caller.js';
import type { Caller } from './caller.js';

/** A valid API key. The key itself is not kept. */
export interface KeyEntry {
  /** The SHA-256 of the key, in lower-case hexadecimal. */
  readonly digest: string;
  readonly caller: Caller;
}

export const digestOf = (key: string): string => hash('sha256', key, 'hex');

/** A key of `API_KEYS` may do everything. */
export const withFullAccess = ({ name, key }: ApiKey): KeyEntry => ({
  digest: digestOf(key),
  caller: { name, scopes: new Set(SCOPES), projects: null },
});
