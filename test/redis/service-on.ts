import { onTestFinished, vi } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { freePort } from '../../src/demo/free-port.js';
import { untilReady } from '../../src/demo/until-ready.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { run } from '../support/program.js';
import { ApiClient, testVariables } from '../support/service.js';

const READY_WITHIN_MS = 20_000;
const FINISHED_WITHIN_MS = 20_000;
const WAITS = { prefer: 'wait=10' };

/** How a cancellation ends where all goes well. */
export const STOPPED = { status: 'succeeded', evidence: 'document_fetched' };

async function finished(api: ApiClient, id: string): Promise<Cancellation | null> {
  const cancellation = await api.get(id);
  // A problem, while Redis is away, has no such field.
  return typeof cancellation.finishedAt === 'string' ? cancellation : null;
}

/** Runs the compiled service on the Redis that `redis` names, with a simulator, until the test is over. */
export async function startServiceOn(redis: Readonly<Record<string, string>>) {
  const simulator = await startSimulator({ log: false });
  onTestFinished(() => simulator.close());
  const { REDIS_URL: _, ...variables } = await testVariables(simulator);
  const [PORT, prefix] = [String(await freePort()), variables.QUEUE_PREFIX];
  const program = run({ ...variables, ...redis, PORT, LOG_LEVEL: 'info' });
  const url = `http://127.0.0.1:${PORT}`;
  await untilReady(`${url}/health/ready`, AbortSignal.timeout(READY_WITHIN_MS));
  const api = new ApiClient(url);
  const bodyForNewCall = () => ({
    callSid: simulator.createCall({ streams: [{ name: 'stream' }] }).sid,
    streamName: 'stream',
  });
  return {
    api,
    simulator,
    program,
    prefix,
    bodyForNewCall,
    /** Has the stream of a new call stopped, asking again after each 503. @returns how it ended */
    stopAStream: async (): Promise<Cancellation> => {
      const answer = await api.persist(bodyForNewCall(), 0, WAITS);
      const { id } = (await answer.json()) as Cancellation;
      // A wait that loses Redis is over at once.
      return vi.waitUntil(() => finished(api, id), { timeout: FINISHED_WITHIN_MS, interval: 100 });
    },
    /** Whether it is alive, once it is ready. */
    isAlive: async (): Promise<boolean> => {
      await untilReady(`${url}/health/ready`, AbortSignal.timeout(READY_WITHIN_MS));
      return (await api.request('/health/live')).ok;
    },
  };
}

export type ServiceOn = Awaited<ReturnType<typeof startServiceOn>>;
