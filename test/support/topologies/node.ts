import { Redis } from 'ioredis';
import type { RedisServer } from '../../../src/demo/redis/redis-server.js';
import type { TcpProxy } from '../tcp-proxy.js';

const ANSWERS_WITHIN_MS = 1000;

/** By default, a master lets a replica wait 5 s for others that want its data. */
export const IN_STEP_SOON: readonly string[] = ['--repl-diskless-sync-delay', '0'];

/** A Redis of a topology, which can be killed, frozen and started again by itself. */
export interface Node {
  readonly server: RedisServer;
  /** In front of it, for everybody; it can cut the node off. Absent where the topology has none. */
  readonly proxy?: TcpProxy;
  /** Where others reach it. */
  readonly port: number;
}

/** `host:port,host:port`, as the service's variables have it. */
export const addressesOf = (servers: readonly { readonly port: number }[]): string =>
  servers.map(({ port }) => `127.0.0.1:${port}`).join();

/** Sends one command to this server and no other. @throws {Error} it does not answer within a second */
export async function ask(server: RedisServer, name: string, ...args: readonly string[]): Promise<unknown> {
  const redis = new Redis(server.url, {
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    disableClientInfo: true,
    commandTimeout: ANSWERS_WITHIN_MS,
  });
  redis.on('error', () => undefined);
  try {
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}

/** A field of INFO; undefined if the server does not answer. */
export async function fieldOf(
  server: RedisServer,
  section: string,
  field: string,
): Promise<string | undefined> {
  const info = await ask(server, 'INFO', section).catch(() => '');
  return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(String(info))?.[1];
}

/** Closes all of them, and then throws the first error. */
export async function closeAll(parts: readonly { close(): Promise<unknown> }[]): Promise<void> {
  const ends = await Promise.allSettled(parts.map((part) => part.close()));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
