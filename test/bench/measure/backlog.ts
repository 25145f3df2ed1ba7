import { ask } from '../child.js';
import type { Running } from '../child.js';
import type { Fetched, StubOrder } from '../programs/stub.js';
import type { Stage } from '../stage.js';
import { knownCpuMsOf } from './process-usage.js';
import type { Rate } from './quantities.js';

const FILL_CONNECTIONS = 4;
const FILL_BATCH = 1000;

/** Share of a backlog after which everything is warm, and share until which there is enough left to do. */
const WARM_SHARE = 0.4;
const SEEN_SHARE = 0.9;

/** Stands in for SignalWire and counts the documents that it has fetched. */
export class CountingStub {
  private fetched = 0;

  private constructor(
    private readonly running: Running,
    private readonly signal: AbortSignal,
  ) {}

  static async start(stage: Stage): Promise<CountingStub> {
    return new CountingStub(await stage.run('stub', 'stub'), stage.program.signal);
  }

  get url(): string {
    return this.running.url;
  }

  get pid(): number {
    return this.running.pid;
  }

  /** Resolves with the time in ms once `count` more documents have been fetched. */
  async fetches(count: number): Promise<number> {
    return (await this.seen(count)).atMs;
  }

  /** As `fetches`, with what has gone over its connections so far. */
  async seen(count: number): Promise<Fetched> {
    this.fetched += count;
    const order: StubOrder = { until: this.fetched };
    return ask<Fetched>(this.running.child, order, this.signal);
  }
}

/** Queues cancellations over the API of `running`, which has no worker. */
export async function fill(
  stage: Stage,
  running: Running,
  name: string,
  count: number,
  projects: readonly string[] = [],
): Promise<void> {
  const amount = Math.ceil(count / FILL_BATCH);
  await stage.load({
    url: running.url,
    connections: Math.min(FILL_CONNECTIONS, amount),
    amount,
    requests: {
      kind: 'cancellations',
      authorization: stage.authorization,
      name,
      withIdempotencyKey: false,
      batch: Math.min(count, FILL_BATCH),
      projects,
    },
  });
}

/** The rate at which `start`'s worker takes `count` documents off a backlog, once it is warm. */
export async function drainRate(
  stub: CountingStub,
  count: number,
  start: () => Promise<Running>,
): Promise<{ readonly running: Running; readonly rate: Rate }> {
  const running = await start();
  const [warm, seen] = [Math.round(count * WARM_SHARE), Math.round(count * SEEN_SHARE)];
  const from = await stub.fetches(warm);
  const cpuFrom = await knownCpuMsOf(running.pid);
  const to = await stub.fetches(seen - warm);
  const cpuTo = await knownCpuMsOf(running.pid);
  await stub.fetches(count - seen);
  const measured = seen - warm;
  const rate = { perSecond: (measured * 1000) / (to - from), cpuUs: ((cpuTo - cpuFrom) * 1000) / measured };
  return { running, rate };
}
