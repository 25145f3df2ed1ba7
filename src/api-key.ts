import { randomBytes } from 'node:crypto';
import { SCOPES } from './access/caller.js';
import { digestOf } from './access/key-entry.js';
import { KEY_NAME } from './platform/http/api-key.js';

const KEY_BYTES = 32;

/** `npm run api-key [-- NAME]`: prints a new key, its hash, and its entry for `API_KEYS_FILE`. */
function apiKey(name = 'new-key'): number {
  if (!KEY_NAME.test(name)) {
    process.stderr.write('the name must be 1 to 64 letters, digits or any of _ . -\n');
    return 1;
  }
  const key = randomBytes(KEY_BYTES).toString('base64url');
  const keyHash = digestOf(key);
  const entry = JSON.stringify({ name, keyHash, scopes: SCOPES });
  process.stdout.write(
    `key:      ${key}\nkeyHash:  ${keyHash}\n\nFor the client: Authorization: Bearer ${key}\nFor API_KEYS_FILE: ${entry}\n`,
  );
  return 0;
}

process.exitCode = apiKey(process.argv[2]);
