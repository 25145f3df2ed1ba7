import { hash, timingSafeEqual } from 'node:crypto';

/** A client's name, which logs may show, and its key, which they may not. */
export interface ApiKey {
  readonly name: string;
  readonly key: string;
}

/** The key of the examples. It opens nothing but a service that stops streams of the simulator. */
export const DEMO_KEY = 'demo-key';

const ENTRY = new RegExp(`^\\s*([\\w.-]{1,64}):([!-~]{24,}|${DEMO_KEY})\\s*$`);

export const API_KEYS_FORM =
  'pairs of the form name:key, separated by commas, each name once, and each key 24 or more visible ASCII characters ' +
  'without a comma; make a key with: openssl rand -hex 24';

/** Reads `name:key,name:key`; null if the text does not have the form `API_KEYS_FORM`. */
export function parseApiKeys(value: string): ApiKey[] | null {
  const keys = value.split(',').map((entry) => ENTRY.exec(entry));
  if (keys.some((match) => match === null)) return null;
  const parsed = keys.map((match) => ({ name: match?.[1] ?? '', key: match?.[2] ?? '' }));
  return new Set(parsed.map(({ name }) => name)).size === parsed.length ? parsed : null;
}

/** The valid keys. */
export class ApiKeys {
  private readonly digests: readonly { readonly apiKey: ApiKey; readonly digest: Buffer }[];

  constructor(keys: readonly ApiKey[]) {
    this.digests = keys.map((apiKey) => ({ apiKey, digest: sha256(apiKey.key) }));
  }

  /** Finds a presented key in a time that does not reveal how much of it was right. */
  find(presented: string): ApiKey | null {
    const presentedDigest = sha256(presented);
    let found: ApiKey | null = null;
    for (const { apiKey, digest } of this.digests) {
      if (timingSafeEqual(digest, presentedDigest)) found = apiKey;
    }
    return found;
  }
}

const sha256 = (text: string): Buffer => hash('sha256', text, 'buffer');
