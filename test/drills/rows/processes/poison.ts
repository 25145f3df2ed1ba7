import type { Drill } from '../../drill.js';

const MAX_STARTS = 5;
const ALLOWED_STARTS = 3;

export const poison: Drill = {
  name: 'poison',
  fault: '`kill -9` of the worker whenever it sends a certain cancellation, up to 5 times',
  limitMs: 180_000,
  async strike(stage) {
    const [, worker] = await Promise.all([stage.start('api,documents'), stage.process('worker')]);
    const sid = stage.call({ latencyMs: 60_000, drop: 'before', times: 'always' });
    const id = await stage.caller.insist({ callSid: sid, deadlineMs: 300_000 });
    const poisoned = async () => (await stage.caller.find([id])).get(id);
    const sent = (): number => stage.simulator.call(sid).updates.length;

    for (let starts = 1; starts <= MAX_STARTS; starts += 1) {
      await worker.start(stage.signal);
      await stage.until(
        `start ${starts} of it, or its failure`,
        30_000,
        async () => sent() === starts || (await poisoned())?.status === 'failed',
      );
      if (sent() < starts) break;
      await worker.kill();
      stage.interrupted();
    }
    stage.expect(sent() === ALLOWED_STARTS, `started ${sent()} times`);
    const { status, failure } = (await poisoned()) ?? {};
    stage.expect(status === 'failed' && failure?.code === 'poisoned', `${status} ${failure?.code ?? ''}`);

    if (sent() === MAX_STARTS) await worker.start(stage.signal);
    return { recoveryMs: await stage.stopped() };
  },
};
