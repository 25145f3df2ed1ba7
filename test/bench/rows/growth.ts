import { freemem } from 'node:os';
import { MEGABYTE } from '../../support/megabyte.js';
import type { Outcome } from '../comparison.js';
import { startAt, stopsAt } from '../growth/idle.js';
import { loadsAt } from '../growth/loads.js';
import { CEILING, named } from '../growth/sides.js';
import { workerAt } from '../growth/worker.js';
import { fillOurs } from '../jobs.js';
import type { Stage } from '../stage.js';
import type { BenchRow } from './row.js';

/** Of a waiting one, with room for what is measured. */
const BYTES_EACH = 2500;

export const growthRow: BenchRow = {
  name: 'growth',
  title: 'Growth',
  isInBrief: true,
  about: `The service beside itself, on the same Redis: one with so many cancellations waiting and one whose queue is empty. For the
API, the documents and the worker they are ready. No worker runs beside the first two, and what they add waits until a
measurement is over, then it is taken back: how many waited then is shown. The worker takes as many off either backlog. For
the start, the memory and the idle stops they are delayed by a day, since these have workers that would work them off.`,
  async measure(stage) {
    const outcomes: Outcome[] = [];
    for (const count of stage.choose([10_000, 1_000_000], [10_000])) {
      const megabytes = Math.round((count * BYTES_EACH) / MEGABYTE);
      if (freemem() / MEGABYTE < megabytes) {
        const reason = `needs ${megabytes} MB of free memory`;
        outcomes.push({ what: `${named(count)} waiting`, ceiling: CEILING, reason });
        continue;
      }
      outcomes.push(...(await withReady(stage, count)));
      // Nothing runs on it any more, and the memory is needed for the others.
      await stage.redis.flushall();
      outcomes.push(...(await withDelayed(stage, count)));
      await stage.redis.flushall();
    }
    return outcomes;
  },
};

async function withReady(stage: Stage, count: number): Promise<Outcome[]> {
  const prefixes = { filled: `{bench-ready-${count}}`, empty: `{bench-none-${count}}` };
  // First, since batches leave a key each, which is no part of what waits.
  const worked = await workerAt(stage, count, prefixes);
  return [...(await loadsAt(stage, count, prefixes)), ...worked];
}

async function withDelayed(stage: Stage, count: number): Promise<Outcome[]> {
  const prefixes = { filled: `{bench-delayed-${count}}`, empty: `{bench-idle-${count}}` };
  const { redisUrl, program } = stage;
  program.write(`  growth: adding ${named(count)} that are delayed`);
  const delayed = { redisUrl, prefix: prefixes.filled, count, name: 'delayed', delayed: true };
  await stage.prepare(() => fillOurs(delayed));
  const started = await startAt(stage, count, prefixes);
  return [...started, ...(await stopsAt(stage, count, prefixes))];
}
