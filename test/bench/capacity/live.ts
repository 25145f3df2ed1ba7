import { CountingStub } from '../measure/backlog.js';
import { trafficBetween } from '../measure/counted-sockets.js';
import type { Traffic } from '../measure/counted-sockets.js';
import { memoryOf } from '../measure/redis-usage.js';
import type { Stage } from '../stage.js';
import { Callers } from './callers.js';
import { costsOfEach, costsSoFar } from './costs.js';
import type { Costs } from './costs.js';
import { startRolesApart } from './roles-apart.js';

/** What is measured while cancellations are requested one by one at a steady rate. */
export interface Live {
  readonly perSecond: number;
  readonly costs: Costs;
  /** In bytes per cancellation. */
  readonly traffic: {
    /** As callers see it. */
    readonly requests: Traffic;
    /** As SignalWire sees it. */
    readonly updates: Traffic;
    /** As SignalWire sees it. */
    readonly documents: Traffic;
  };
  /** Redis memory of an `Idempotency-Key`, in bytes. */
  readonly keyBytes: number;
}

export async function measureLive(stage: Stage): Promise<Live> {
  const stub = await CountingStub.start(stage);
  const { api, documents, startWorker } = await startRolesApart(stage, stub.url);
  const processes = { api: [api], worker: [await startWorker()], documents: [documents] };
  const callers = await stage.program.start(
    async () => new Callers(stage, api.url),
    (started) => started.close(),
  );
  const [rate, seconds] = [stage.choose(200, 50), stage.choose(20, 3)];

  stage.program.write(`  ${rate} per second for ${seconds} s`);
  const before = await stub.seen(await callers.askAtRate(rate, stage.choose(6, 1)));
  const [costsBefore, requestsBefore] = [await costsSoFar(stage.redis, processes), callers.traffic];
  const count = await callers.askAtRate(rate, seconds);
  const after = await stub.seen(count);
  const costs = costsOfEach(costsBefore, await costsSoFar(stage.redis, processes), count);
  return {
    perSecond: count / seconds,
    costs,
    traffic: {
      requests: perCancellation(trafficBetween(requestsBefore, callers.traffic), count),
      updates: perCancellation(trafficBetween(before.updates, after.updates), count),
      documents: perCancellation(trafficBetween(before.documents, after.documents), count),
    },
    keyBytes: (await memoryOf(stage.redis, '*:idempotency:*')) / callers.asked,
  };
}

const perCancellation = ({ sentBytes, receivedBytes }: Traffic, count: number): Traffic => ({
  sentBytes: sentBytes / count,
  receivedBytes: receivedBytes / count,
});
