import { fillOurs, ourQueue } from '../jobs.js';
import type { Stage } from '../stage.js';
import { named } from './sides.js';

/** Adds what is missing of so many that are ready. */
export async function fill(stage: Stage, prefix: string, count: number, name: string): Promise<void> {
  const { redis, redisUrl } = stage;
  const missing = count - (await redis.llen(`${ourQueue(prefix)}:wait`));
  if (missing <= 0) return;
  stage.program.write(`    adding ${named(missing)} that are ready`);
  await stage.prepare(() => fillOurs({ redisUrl, prefix, count: missing, name }));
}
