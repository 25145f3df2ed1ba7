import { Queue } from 'bullmq';
import { ServiceEnvironment } from '../../../src/config/service.environment.js';
import { CANCELLATIONS_QUEUE } from '../../../src/queue/cancellations.queue.js';
import type { Stage } from '../stage.js';

/** The service's queue under its default prefix, for what the API does not offer. */
export function cancellationsQueue(stage: Stage): Promise<Queue> {
  const { QUEUE_PREFIX } = new ServiceEnvironment();
  return stage.program.start(
    async () => new Queue(CANCELLATIONS_QUEUE, { connection: stage.redis, prefix: QUEUE_PREFIX }),
    (queue) => queue.close(),
  );
}
