import { expect, it, onTestFinished } from 'vitest';
import { LockRenewal } from '../../../src/queue/locks/lock-renewal.js';
import { workerParts } from '../../queue/fixtures/worker-parts.js';

it('runs the scripts that no other test on this Redis runs', async () => {
  const parts = await workerParts();
  onTestFinished(() => parts.close());
  const { queue, connection } = parts;
  await parts.add();
  const job = await parts.take('token');
  expect(await new LockRenewal(queue, connection).extend(job, 'token', 10_000)).toBe(1);
});
