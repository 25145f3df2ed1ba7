import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { Cluster } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { connectWaiting } from '../../../../src/platform/redis/connection/connections.js';
import { GIVEN_UP_AFTER_MS } from '../../../../src/platform/redis/connection/late-close.js';
import { ClusterTopology } from '../../../support/topologies/cluster.js';

/** How many lookups of names Node does at once. */
const LOOKUPS_AT_ONCE = 4;

/** Keeps every lookup of a name waiting. @returns ends this */
function holdLookups(): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'streamstop-test-'));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  // Opening a pipe waits for its other end, in the threads that also look names up.
  const readers = Array.from({ length: LOOKUPS_AT_ONCE }, () => open(pipe, 'r'));
  return async () => {
    // Open until no reader waits any more: one that comes late would keep its thread for good.
    const writer = openSync(pipe, 'w');
    for (const reader of await Promise.all(readers)) await reader.close();
    closeSync(writer);
    rmSync(folder, { recursive: true });
  };
}

/** A connection of which two nodes are frozen: like nodes out of reach, they do not answer that it ends. */
async function connectionWithFrozenNodes() {
  Logger.overrideLogger(false);
  const topology = await ClusterTopology.start();
  onTestFinished(() => topology.close());
  const [first, ...others] = topology.nodes;
  const nodes = [{ host: 'localhost', port: Number(first?.port) }];
  const redis = connectWaiting({ kind: 'cluster', nodes }) as Cluster;
  onTestFinished(() => redis.disconnect());
  await once(redis, 'ready');
  await Promise.all(redis.nodes().map((node) => node.ping()));
  for (const { server } of others) server.pause();
  const resume = () => others.forEach(({ server }) => server.resume());
  return { redis, resume };
}

it('connects to the cluster although a node of the last connection closed while names were looked up', async () => {
  const { redis, resume } = await connectionWithFrozenNodes();
  const goOn = holdLookups();
  redis.disconnect(true);
  await once(redis, 'connecting');
  await once(redis, 'close');
  await goOn();
  resume();
  await once(redis, 'ready');
  expect(redis.status).toBe('ready');
});

it('does not connect again once it is disconnected for good, also if a node closes late', async () => {
  const { redis, resume } = await connectionWithFrozenNodes();
  const connect = vi.spyOn(redis, 'connect');
  redis.disconnect(true);
  await once(redis, 'reconnecting');
  redis.disconnect();
  const timers = vi.spyOn(globalThis, 'setTimeout');
  await once(redis, 'close');
  const waiting = timers.mock.calls.filter(([, ms]) => ms === GIVEN_UP_AFTER_MS);
  timers.mockRestore();
  expect(waiting).not.toEqual([]);
  for (const [lookAgain] of waiting) lookAgain();
  expect(connect).not.toHaveBeenCalled();
  resume();
});
