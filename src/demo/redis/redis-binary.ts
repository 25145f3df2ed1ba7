import { findCommand } from './commands.js';

/** A redis-server or valkey-server that can be started here. */
export interface RedisBinary {
  readonly source: 'path' | 'debian-packages';
  readonly binary: string;
  /** Variables that the server needs besides the inherited ones. */
  readonly env: Readonly<Record<string, string>>;
}

/** @throws {Error} with the reason why there is none */
export async function findRedisOnPath(searchPath: string | undefined): Promise<RedisBinary> {
  const binary = await findCommand(['redis-server', 'valkey-server'], searchPath);
  if (binary === undefined) {
    throw new Error('neither is there');
  }
  return { source: 'path', binary, env: {} };
}
