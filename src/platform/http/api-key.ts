/** A client's name, which logs may show, and its key, which they may not. */
export interface ApiKey {
  readonly name: string;
  readonly key: string;
}

/** The key of the examples. It opens nothing but a service that stops streams of the simulator. */
export const DEMO_KEY = 'demo-key';

/** The name of a key. */
export const KEY_NAME = /^[\w.-]{1,64}$/;

/** A key, as `Authorization` can carry it. */
export const KEY = /^[!-~]{24,}$/;

const ENTRY = new RegExp(`^\\s*([\\w.-]{1,64}):([!-~]{24,}|${DEMO_KEY})\\s*$`);

export const API_KEYS_FORM =
  'pairs of the form name:key, separated by commas, each name and each key once, and each key 24 or more visible ASCII characters ' +
  'without a comma; make a key with: npm run api-key';

/** Reads `name:key,name:key`; null if the text does not have the form `API_KEYS_FORM`. */
export function parseApiKeys(value: string): ApiKey[] | null {
  const keys = value.split(',').map((entry) => ENTRY.exec(entry));
  if (keys.some((match) => match === null)) return null;
  const parsed = keys.map((match) => ({ name: match?.[1] ?? '', key: match?.[2] ?? '' }));
  // A key stands for one client: of two names, the log would show only one.
  const isEachOnce = (['name', 'key'] as const).every(
    (field) => new Set(parsed.map((entry) => entry[field])).size === parsed.length,
  );
  return isEachOnce ? parsed : null;
}
