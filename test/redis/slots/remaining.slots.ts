import { expect, it, onTestFinished } from 'vitest';
import { DeliveryState } from '../../../src/gate/delivery-state.js';
import { gateKey } from '../../../src/gate/gate-keys.js';
import { LockRenewal } from '../../../src/queue/locks/lock-renewal.js';
import { workerParts } from '../../queue/fixtures/worker-parts.js';

it('runs the scripts that no other test on this Redis runs', async () => {
  const parts = await workerParts();
  onTestFinished(() => parts.close());
  const { redis, prefix, queue, connection } = parts;
  await parts.add();
  const job = await parts.take('token');
  expect(await new LockRenewal(queue, connection).extend(job, 'token', 10_000)).toBe(1);

  const delivery = new DeliveryState(redis, prefix);
  for (const call of ['a', 'b', 'c']) await delivery.unfetched('billing', call, Date.now());
  const before = Number(await redis.hget(gateKey(prefix, 'billing'), 'probeAt'));
  await delivery.probeAgain('billing');
  expect(Number(await redis.hget(gateKey(prefix, 'billing'), 'probeAt'))).toBeLessThan(before);
});
