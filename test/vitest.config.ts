import { defineConfig } from 'vitest/config';

/** Suites that need a Redis share one, found or started by the global set-up. */
const withRedis = { globalSetup: ['test/support/redis.setup.ts'], testTimeout: 20_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // Each file would load Nest anew otherwise, which takes longer than its tests. What tests share is kept apart by name.
    isolate: false,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.spec.ts'] } },
      { extends: true, test: { name: 'integration', include: ['test/**/*.integration.ts'], ...withRedis } },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/**/*.e2e.ts'],
          ...withRedis,
          // Whole services with deadlines of a second or two: a machine that is held up for as long is no defect of theirs.
          retry: 1,
          globalSetup: ['test/support/redis.setup.ts', 'test/support/build.setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'containers',
          include: ['test/**/*.containers.ts'],
          // Each builds and runs a project of its own on the same engine.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
