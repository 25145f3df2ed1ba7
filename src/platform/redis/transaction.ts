import type { ChainableCommander } from 'ioredis';

/** A transaction rejects where Redis refused it as a whole; what a single command met stands in its place. */
export async function handOver(commands: ChainableCommander): Promise<void> {
  const results = await commands.exec();
  for (const [error] of results ?? []) if (error !== null) throw error;
}
