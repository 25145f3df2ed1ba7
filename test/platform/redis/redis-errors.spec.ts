import { describe, expect, it } from 'vitest';
import { mistakenAddress } from '../../../src/platform/redis/redis.errors.js';

describe('a REDIS_URL that names something else', () => {
  it.each([
    ['MOVED 13969 10.0.0.7:6379', 'REDIS_CLUSTER_NODES'],
    ['CLUSTERDOWN Hash slot not served', 'REDIS_CLUSTER_NODES'],
    ["ERR unknown command 'eval', with args beginning with: 'return 1'", 'REDIS_SENTINELS'],
    ['ERR unknown command `eval`, with args beginning with: `return 1`', 'REDIS_SENTINELS'],
  ])('is told by the answer %j', (answer, variable) => {
    expect(mistakenAddress(new Error(answer))?.message).toContain(`name it in ${variable} instead`);
  });

  it.each(['LOADING Redis is loading', 'NOPERM this user has no permissions', 'Connection is closed.'])(
    'is not told by %j, which has another cause',
    (answer) => {
      expect(mistakenAddress(new Error(answer))).toBeNull();
    },
  );
});
