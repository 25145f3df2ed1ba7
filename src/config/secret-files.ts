import { readFileSync } from 'node:fs';

/** The variables that a file can hold instead, at the path in the variable with `_FILE` after its name. */
export const FROM_FILES = [
  'LINK_SECRET',
  'REDIS_URL',
  'REDIS_PASSWORD',
  'REDIS_SENTINEL_PASSWORD',
  'REDIS_TLS_CA',
  'REDIS_TLS_CERT',
  'REDIS_TLS_KEY',
  'SIGNALWIRE_API_TOKEN',
  'SIGNALWIRE_SIGNING_KEY',
  'SIGNALWIRE_PREVIOUS_SIGNING_KEY',
  'CALLBACK_SECRETS',
  'METRICS_TOKEN',
  'PROOF_KEY',
] as const;

export interface SecretFiles {
  readonly values: Readonly<Record<string, string>>;
  readonly faults: readonly string[];
}

/** What the files of `variables` hold, without the line break that editors add. */
export function readSecretFiles(variables: Readonly<Record<string, string | undefined>>): SecretFiles {
  const values: Record<string, string> = {};
  const faults: string[] = [];
  for (const name of FROM_FILES) {
    const path = variables[`${name}_FILE`];
    if (!path) continue;
    if (variables[name]) {
      faults.push(`${name}_FILE and ${name} are both set; remove one`);
      continue;
    }
    try {
      values[name] = readFileSync(path, 'utf8').trim();
    } catch (error) {
      faults.push(`${name}_FILE cannot be read: ${(error as NodeJS.ErrnoException).code}`);
    }
  }
  return { values, faults };
}
