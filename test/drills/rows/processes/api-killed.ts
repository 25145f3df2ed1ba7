import { randomUUID } from 'node:crypto';
import type { Drill } from '../../drill.js';
import { allJobs, JOB_NAME } from '../../parts/queue-states.js';
import type { ServiceProcess } from '../../parts/service-process.js';
import type { Stage } from '../../stage.js';

export const apiKilled: Drill = {
  name: 'api-killed',
  fault:
    '`kill -9` of the API after the job was queued, before its answer; the caller asks again with the same `Idempotency-Key`',
  async strike(stage) {
    const proxy = await stage.proxyTo(stage.redis.port);
    const [api] = await Promise.all([
      stage.start('api', { REDIS_URL: `redis://127.0.0.1:${proxy.port}` }),
      stage.start('worker,documents'),
    ]);
    const wish = { callSid: stage.call() };
    const key = randomUUID();

    // Redis queues the job, but the API never learns of it.
    proxy.loseAnswersTo(JOB_NAME);
    const [{ status }, id] = await Promise.all([stage.caller.ask(wish, key), killOnceQueued(stage, api)]);
    stage.expect(status !== 202, 'the first request was accepted');
    // Once the stream is stopped, only the key can lead to the same cancellation.
    await stage.until('the stream stopped', 10_000, () => stage.isStopped(wish.callSid));

    const back = performance.now();
    await api.start(stage.signal);
    const again = await stage.caller.insist(wish, key);
    const recoveryMs = performance.now() - back;
    stage.expect(again === id, 'the caller got another id');
    const jobs = await allJobs(stage.redis.url);
    stage.expect(jobs.length === 1, `${jobs.length} jobs`);
    return { recoveryMs };
  },
};

/** @returns the id of the job */
async function killOnceQueued(stage: Stage, api: ServiceProcess): Promise<string> {
  await stage.until('the job is queued', 5000, async () => (await allJobs(stage.redis.url)).length > 0);
  await api.kill();
  stage.interrupted();
  return String((await allJobs(stage.redis.url))[0]);
}
