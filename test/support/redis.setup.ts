import type { TestProject } from 'vitest/node';
import { provideRedis } from '../../src/demo/redis/provide-redis.js';

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
  }
}

/** Gives the suites of a project one Redis for the run: `inject('redisUrl')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await provideRedis({ log: print });
  print(`Redis for the ${project.name} tests: ${redis.description}`);
  project.provide('redisUrl', redis.url);
  return () => redis.close();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
