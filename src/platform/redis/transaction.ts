import type { ChainableCommander } from 'ioredis';

/**
 * Executes a transaction and throws the error of any command in it; `exec` only rejects if Redis refuses it as a whole.
 */
export async function handOver(commands: ChainableCommander): Promise<void> {
  const results = await commands.exec();
  for (const [error] of results ?? []) if (error !== null) throw error;
}
