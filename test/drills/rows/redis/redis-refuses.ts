import type { Drill, Struck } from '../../drill.js';
import { redisCommand } from '../../parts/redis-command.js';
import type { Stage } from '../../stage.js';

const REFUSED_WITHIN_MS = 250;
const RECOVERS_WITHIN_MS = 5000;
const REFUSALS = 20;
/** Nothing listens on this port. */
const NO_MASTER = ['127.0.0.1', '1'] as const;

export const redisRefuses: readonly Drill[] = [
  {
    name: 'redis-out-of-memory',
    fault: 'Redis out of memory (`noeviction`)',
    strike: (stage) =>
      refusal(stage, ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']),
  },
  {
    name: 'redis-read-only',
    fault: 'Redis becomes a read-only replica, then a master again',
    strike: (stage) => refusal(stage, ['REPLICAOF', ...NO_MASTER], ['REPLICAOF', 'NO', 'ONE']),
  },
];

type Command = readonly [string, ...string[]];

/** Redis refuses writes. No worker runs yet, so only the requests could leave something behind. */
async function refusal(stage: Stage, refuse: Command, accept: Command): Promise<Struck> {
  const [, worker] = await Promise.all([stage.start('api,documents'), stage.process('worker')]);
  const accepted = stage.call();
  await stage.caller.insist({ callSid: accepted });
  const url = stage.redis.url;
  const before = await keysIn(url);

  await redisCommand(url, ...refuse);
  const replies = [];
  for (const callSid of stage.calls(REFUSALS)) replies.push(await stage.caller.ask({ callSid }));
  const others = replies.filter(({ status, retryAfter }) => status !== 503 || retryAfter === undefined);
  stage.expect(others.length === 0, `${others.length} of ${REFUSALS} not answered 503 with Retry-After`);
  const slowest = Math.max(...replies.map(({ tookMs }) => tookMs));
  stage.expect(slowest <= REFUSED_WITHIN_MS, `a 503 took ${slowest.toFixed(0)} ms`);
  const more = (await keysIn(url)).filter((key) => !before.includes(key));
  stage.expect(more.length === 0, `left behind: ${more.join(', ')}`);

  // The worker starts into it and must recover by itself.
  worker.spawn();
  await stage.wait(3000);
  await redisCommand(url, ...accept);
  const recoveryMs = await stage.stopped();
  stage.expect(recoveryMs <= RECOVERS_WITHIN_MS, `recovered after ${(recoveryMs / 1000).toFixed(1)} s`);
  await stage.until('the cancellation accepted before is carried out', 20_000, () =>
    stage.isStopped(accepted),
  );
  return { recoveryMs };
}

const keysIn = async (url: string): Promise<string[]> => (await redisCommand(url, 'KEYS', '*')) as string[];
