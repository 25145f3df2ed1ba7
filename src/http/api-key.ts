import { createHash, timingSafeEqual } from 'node:crypto';

/** A caller's name, which logs may show, and the key that it presents, which they may not. */
export interface ApiKey {
  readonly name: string;
  readonly key: string;
}

/** Reads `name:key,name:key`; null where that is not its form or a name stands twice. */
export function parseApiKeys(value: string): ApiKey[] | null {
  const keys = value.split(',').map((entry) => /^\s*([\w.-]{1,64}):(\S+?)\s*$/.exec(entry));
  if (keys.some((match) => match === null)) return null;
  const parsed = keys.map((match) => ({ name: match?.[1] ?? '', key: match?.[2] ?? '' }));
  return new Set(parsed.map(({ name }) => name)).size === parsed.length ? parsed : null;
}

/** The key that was presented, found in a time that says nothing of how much of it was right. */
export function findApiKey(keys: readonly ApiKey[], presented: string): ApiKey | null {
  const digest = sha256(presented);
  let found: ApiKey | null = null;
  for (const candidate of keys) {
    if (timingSafeEqual(sha256(candidate.key), digest)) found = candidate;
  }
  return found;
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
