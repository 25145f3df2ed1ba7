import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Suites that need Redis share the one that the global setup finds or starts. */
const withRedis = {
  globalSetup: ['test/support/redis.setup.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

/**
 * The folders in which a mistake costs a call, and the share of their code that tests must run, in percent. The unit
 * tests cover the first two by themselves; a run of the worker needs Redis.
 */
const MEASURED = ['cancellation', 'signalwire', 'worker'];
const FLOOR = { lines: 90, functions: 90, branches: 85 };

/**
 * Tests that run the scripts of the service and of BullMQ, and what leads to them. Redis checks the slots of each key
 * for them; the other e2e tests run the same scripts without. A full Redis refuses scripts that it checks.
 */
const RUNNING_SCRIPTS = [
  'test/redis/slots/*.slots.ts',
  'test/{api,callbacks,evidence,gate,lane,operations,queue,worker}/**/!(full-redis).integration.ts',
  'test/api/{batch,idempotency,several-streams,actions/*,lists/*}.e2e.ts',
  'test/{callbacks/callbacks,gate/pause,lane/*,worker/streams/*}.e2e.ts',
];

const IN_BROWSER = 'test/console/*.e2e.ts';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // Otherwise each file loads Nest again, which takes longer than its tests. Shared state is separated by name.
    isolate: false,
    // Most suites wait for events more than they compute.
    maxWorkers: Math.max(4, availableParallelism() - 1),
    coverage: {
      include: MEASURED.map((folder) => `src/${folder}/**`),
      reporter: ['text'],
      thresholds: Object.fromEntries(MEASURED.map((folder) => [`src/${folder}/**`, FLOOR])),
    },
    projects: [
      // Property tests try hundreds of inputs, which takes a while on a busy machine.
      { extends: true, test: { name: 'unit', include: ['test/**/*.spec.ts'], testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/**/*.integration.ts'],
          exclude: RUNNING_SCRIPTS,
          ...withRedis,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/**/*.e2e.ts'],
          exclude: [...RUNNING_SCRIPTS, IN_BROWSER],
          ...withRedis,
          globalSetup: ['test/support/redis.setup.ts', 'test/support/build.setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: [IN_BROWSER],
          ...withRedis,
          // After the others, and few at once: a browser alone keeps two cores busy.
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'slots',
          include: RUNNING_SCRIPTS,
          ...withRedis,
          globalSetup: ['test/redis/slots/one-slot.setup.ts'],
          setupFiles: ['test/redis/slots/one-slot.each.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'containers',
          include: ['test/**/*.containers.ts'],
          // Each builds and runs a Compose project of its own on the same engine.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
