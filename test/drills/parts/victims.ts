import type { Stage } from '../stage.js';

const REDIS_AWAY_MS = 3000;

export type Victim = 'the API' | 'the worker' | 'Redis';
export const VICTIMS: readonly Victim[] = ['the API', 'the worker', 'Redis'];

/** For the name of a drill. */
export const shortNameOf = (victim: Victim): string => victim.replace('the ', '').toLowerCase();

/** Kills it, and brings it back: Redis after 3 s, a process at once. @returns when it was killed, in epoch ms */
export async function killAndRestart(
  stage: Stage,
  { api, worker }: Pick<Awaited<ReturnType<Stage['startAll']>>, 'api' | 'worker'>,
  victim: Victim,
): Promise<number> {
  const killedAt = Date.now();
  if (victim === 'Redis') {
    await stage.redis.kill();
    await stage.wait(REDIS_AWAY_MS);
    await stage.redis.start();
  } else {
    const process = victim === 'the API' ? api : worker;
    await process.kill();
    await process.start(stage.signal);
  }
  stage.interrupted(killedAt);
  return killedAt;
}
