import type { Fault } from '../platform/validation/faults.js';
import { entriesOf, readJsonFile, repetition } from '../projects/json-file.js';
import type { Projects } from '../projects/projects.js';
import { ApiKeyDto, ApiKeysFileDto } from './api-key.dto.js';
import { digestOf } from './key-entry.js';
import type { KeyEntry } from './key-entry.js';

/**
 * Reads the keys from the file at `path`.
 *
 * @param beside the keys of `API_KEYS`, whose names and keys are taken
 * @throws {InvalidFileError} names all faults at once
 */
export function readApiKeysFile(
  path: string,
  beside: readonly KeyEntry[],
  projects: Pick<Projects, 'get'>,
): KeyEntry[] {
  const file = { variable: 'API_KEYS_FILE', path, type: ApiKeysFileDto, field: 'keys' } as const;
  const { keys } = readJsonFile(file, (content) => [
    ...repetitionsIn(content, beside),
    ...unknownProjectsIn(content, projects),
  ]);
  return keys.map((entry) => ({
    digest: digestIn(entry) ?? '',
    caller: {
      name: entry.name,
      scopes: new Set(entry.scopes),
      projects: entry.projects === undefined ? null : new Set(entry.projects),
    },
  }));
}

/** Null for an entry that is invalid in this respect. */
function digestIn({ keyHash, key }: { readonly keyHash?: unknown; readonly key?: unknown }): string | null {
  if (typeof keyHash === 'string') return keyHash.toLowerCase();
  return typeof key === 'string' ? digestOf(key) : null;
}

/** A name stands for one client in logs and cancellations, and a key for one name. */
function repetitionsIn({ keys }: ApiKeysFileDto, beside: readonly KeyEntry[]): Fault[] {
  const names = new Map<unknown, string>(beside.map(({ caller }) => [caller.name, 'a key in API_KEYS']));
  const digests = new Map<unknown, string>(beside.map(({ digest }) => [digest, 'a key in API_KEYS']));
  return entriesOf(keys, ApiKeyDto, 'keys').flatMap(([entry, place]) => [
    ...repetition(names, entry.name, place, 'name'),
    ...repetition(digests, digestIn(entry), place, entry.keyHash === undefined ? 'key' : 'keyHash'),
  ]);
}

function unknownProjectsIn({ keys }: ApiKeysFileDto, projects: Pick<Projects, 'get'>): Fault[] {
  return entriesOf(keys, ApiKeyDto, 'keys').flatMap(([{ projects: names }, place]) =>
    !Array.isArray(names)
      ? []
      : names.flatMap((name: unknown, index) =>
          typeof name !== 'string' || projects.get(name) !== undefined
            ? []
            : [{ field: `${place}.projects[${index}]`, message: 'must be the name of a configured project' }],
        ),
  );
}
