import type { Drill, Struck } from '../../drill.js';
import { redisCommand } from '../../parts/redis-command.js';
import type { ServiceProcess } from '../../parts/service-process.js';
import type { Stage } from '../../stage.js';

const REPORTED_WITHIN_MS = 15_000;
const METRIC = 'streamstop_redis_data_lost_total';
const LOST = 10;

export const redisDataLost: readonly Drill[] = [
  {
    name: 'redis-restarted-empty',
    fault: 'Redis without persistence restarts while 10 cancellations wait',
    strike: (stage) =>
      loss(stage, async () => {
        await stage.redis.kill();
        await stage.redis.start();
      }),
  },
  {
    name: 'redis-flushed',
    fault: '`FLUSHALL` while 10 cancellations wait',
    strike: (stage) => loss(stage, () => redisCommand(stage.redis.url, 'FLUSHALL')),
  },
  {
    name: 'redis-evicts',
    fault: 'the service starts on a Redis that evicts keys (`maxmemory-policy allkeys-lru`)',
    async strike(stage) {
      await redisCommand(stage.redis.url, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
      for (const role of ['api', 'worker']) {
        const process = await stage.process(role);
        process.spawn();
        const code = await Promise.race([process.ended(), stage.wait(8000).then(() => 'none')]);
        stage.expect(code === 1, `${role}: exit code ${code} instead of 1`);
        stage.expect(process.errors.includes('maxmemory-policy'), `${role} does not say why`);
        await process.kill();
      }
      return { recoveryMs: null };
    },
  },
];

/** Data is lost while cancellations wait. Each process must report it, and new work must go on. */
async function loss(stage: Stage, lose: () => Promise<unknown>): Promise<Struck> {
  stage.mayLose = true;
  const { api, worker } = await stage.startAll();
  await stage.stopped();
  // Their attempts are under way when the data is lost.
  const sids = stage.calls(LOST, () => [{ latencyMs: 60_000, times: 'always' }]);
  await stage.caller.insistOnAll(sids.map((callSid) => ({ callSid })));
  const from = Date.now();
  await lose();
  stage.interrupted(from);

  const recoveryMs = await stage.stopped();
  await Promise.all([reported(stage, 'api', api), reported(stage, 'worker', worker)]);
  return { recoveryMs };
}

async function reported(stage: Stage, role: string, process: ServiceProcess): Promise<void> {
  try {
    await stage.until(`${role} reports it in ${METRIC}`, REPORTED_WITHIN_MS, async () => {
      return ((await process.metric(METRIC)) ?? 0) > 0;
    });
  } catch (error) {
    stage.signal.throwIfAborted();
    stage.expect(false, (error as Error).message);
  }
}
