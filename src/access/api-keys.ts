import { Logger } from '@nestjs/common';
import type { ServiceEnvironment } from '../config/service.environment.js';
import { reloadAudit } from '../platform/logging/audit.js';
import { faultsToLog } from '../projects/projects.errors.js';
import type { Projects } from '../projects/projects.js';
import { readApiKeysFile } from './api-keys-file.js';
import type { Caller } from './caller.js';
import { digestOf, withFullAccess } from './key-entry.js';
import type { KeyEntry } from './key-entry.js';

/**
 * The current API keys, from `API_KEYS` and `API_KEYS_FILE`. A `Caller` never changes; a reload replaces those whose
 * key or rights have changed.
 */
export class ApiKeys {
  private readonly logger = new Logger(ApiKeys.name);
  private byDigest: ReadonlyMap<string, KeyEntry> = new Map();

  /** @throws {InvalidFileError} */
  constructor(
    private readonly environment: Pick<ServiceEnvironment, 'API_KEYS' | 'API_KEYS_FILE' | 'ROLES'>,
    private readonly projects: Pick<Projects, 'get'>,
  ) {
    this.byDigest = this.read();
  }

  /** Whether requests need a key. */
  get areRequired(): boolean {
    return this.byDigest.size > 0;
  }

  /**
   * Finds a presented key by its SHA-256. How long the look-up takes depends on the digest, which an attacker cannot
   * choose or predict without the key, so it tells nothing about the valid keys.
   */
  find(presented: string): Caller | null {
    // The hash of an empty text, put into the file by mistake, must not open the API to requests without a key.
    return presented === '' ? null : (this.byDigest.get(digestOf(presented))?.caller ?? null);
  }

  /** @param digest the SHA-256 of a key, in lower-case hexadecimal, from a source that cannot be forged */
  withDigest(digest: string): Caller | null {
    return this.byDigest.get(digest)?.caller ?? null;
  }

  /** Whether the key of this caller is still valid, with the same rights. */
  isCurrent(caller: Caller): boolean {
    return [...this.byDigest.values()].some((entry) => entry.caller === caller);
  }

  /** Reads the file again, after the projects. An invalid file changes nothing and is logged. Never throws. */
  reload(): void {
    const before = this.byDigest;
    if (!this.readsFile()) return;
    try {
      this.byDigest = this.read();
    } catch (error) {
      this.logger.error('API keys not reloaded: API_KEYS_FILE is invalid', {
        ...reloadAudit('invalid'),
        faults: faultsToLog(error),
      });
      return;
    }
    this.logger.log('API keys reloaded', { ...reloadAudit('done'), ...changesOf(before, this.byDigest) });
  }

  private readsFile(): boolean {
    return this.environment.API_KEYS_FILE !== undefined && this.environment.ROLES.includes('api');
  }

  private read(): ReadonlyMap<string, KeyEntry> {
    const { API_KEYS, API_KEYS_FILE: path = '' } = this.environment;
    const own = API_KEYS.map(withFullAccess);
    const filed = this.readsFile() ? readApiKeysFile(path, own, this.projects) : [];
    return new Map([...own, ...filed].map((entry) => [entry.digest, this.known(entry)]));
  }

  /** The same entry as before, if it has not changed. */
  private known(entry: KeyEntry): KeyEntry {
    const before = this.byDigest.get(entry.digest);
    return before !== undefined && textOf(before) === textOf(entry) ? before : entry;
  }
}

/** The names of the keys that are new, gone, or another key or with other rights. */
interface Changes {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

function changesOf(before: ReadonlyMap<string, KeyEntry>, after: ReadonlyMap<string, KeyEntry>): Changes {
  const [old, current] = [textsByName(before), textsByName(after)];
  return {
    added: [...current.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !current.has(name)),
    changed: [...current].flatMap(([name, text]) => (old.has(name) && old.get(name) !== text ? [name] : [])),
  };
}

const textsByName = (entries: ReadonlyMap<string, KeyEntry>): ReadonlyMap<string, string> =>
  new Map([...entries.values()].map((entry) => [entry.caller.name, textOf(entry)]));

const textOf = ({ digest, caller: { name, scopes, projects } }: KeyEntry): string =>
  JSON.stringify([name, digest, [...scopes].toSorted(), projects && [...projects].toSorted()]);
