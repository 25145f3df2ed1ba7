import type { TestProject } from 'vitest/node';
import { provideRedis } from '../../src/demo/redis/provide-redis.js';

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
  }
}

/** Gives the test files of a project one Redis for the run: `inject('redisUrl')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await provideRedis();
  project.provide('redisUrl', redis.url);
  return () => redis.close();
}
