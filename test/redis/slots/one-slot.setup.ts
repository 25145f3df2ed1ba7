import type { TestProject } from 'vitest/node';
import { startOneNodeCluster } from './one-node-cluster.js';

/** Gives the test files of a project a cluster of one node: `inject('redisUrl')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startOneNodeCluster();
  project.provide('redisUrl', server.url);
  return () => server.close();
}
