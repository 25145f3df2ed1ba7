import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { inject } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { CANCELLATIONS_QUEUE } from '../../src/queue/cancellations.queue.js';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { freePort } from '../../src/demo/free-port.js';
import { createLogger } from '../../src/platform/logging/logger.js';
import { startService } from '../../src/service.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { answeredBy, expectDescribed } from './description/expect-described.js';
import type { OpenApi } from './description/open-api.js';

export const LINK_SECRET = 'a link secret for tests, of 32 bytes or more';

/** Between the retries of two callers. */
const SPREAD_MS = 5;

/** The variables of a service that uses `simulator`, with a queue of its own in the shared Redis. */
export async function testVariables(simulator: Pick<Simulator, 'url' | 'projectId' | 'apiToken'>) {
  const publicPort = await freePort();
  return {
    PORT: '0',
    PUBLIC_PORT: String(publicPort),
    METRICS_PORT: '0',
    PUBLIC_URL: `http://127.0.0.1:${publicPort}`,
    REDIS_URL: inject('redisUrl'),
    QUEUE_PREFIX: `{test-${randomUUID()}}`,
    LINK_SECRET,
    SIGNALWIRE_SPACE_URL: simulator.url,
    SIGNALWIRE_PROJECT_ID: simulator.projectId,
    SIGNALWIRE_API_TOKEN: simulator.apiToken,
    CONFIRMATION_TIMEOUT_MS: '2000',
    DRAIN_MS: '0',
    LOG_LEVEL: 'fatal',
  };
}

/** Starts the service like `main.ts`, configured by `overrides`, with a simulator of its own unless one is given. */
export async function startTestService(overrides: Record<string, string> = {}, given?: Simulator) {
  const simulator = given ?? (await startSimulator({ log: false }));
  const variables = { ...(await testVariables(simulator)), ...overrides };
  const environment = readEnvironment(ServiceEnvironment, variables);
  const service = await startService(environment, createLogger(environment.LOG_LEVEL));
  const queue = observeQueue(variables.REDIS_URL, environment.QUEUE_PREFIX);
  const api = new ApiClient(service.urls.api ?? '', undefined, environment.BASE_PATH);
  return {
    simulator,
    variables,
    urls: service.urls,
    api,
    queue,
    /** The cancellation, once its job has ended. */
    finished: async (id: string): Promise<Cancellation> => {
      await queue.finished(id);
      return api.get(id);
    },
    /** As SIGHUP does. */
    reload: () => service.reload(),
    stop: () => service.stop(),
    close: async () => {
      await service.stop();
      await queue.close();
      if (given === undefined) await simulator.close();
    },
  };
}

/** Observes the queue from outside the service, on its own connections. */
export function observeQueue(redisUrl: string, prefix: string) {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null, disableClientInfo: true });
  redis.on('error', () => undefined);
  const queue = new Queue(CANCELLATIONS_QUEUE, { connection: redis, prefix });
  const events = new QueueEvents(CANCELLATIONS_QUEUE, { connection: redis, prefix });
  queue.on('error', () => undefined);
  events.on('error', () => undefined);
  // Every job that a test waits for adds a listener to the queue.
  queue.setMaxListeners(0);
  events.setMaxListeners(0);
  return {
    queue,
    events,
    finished: async (id: string): Promise<void> => {
      const job = await queue.getJob(id);
      await job?.waitUntilFinished(events, 50_000).catch(() => undefined);
    },
    /**
     * As if the lock of a worker that is gone had run out, and one check for stalled jobs had been made; `crash.e2e.ts`
     * waits for both.
     */
    abandon: async (id: string): Promise<void> => {
      await redis.sadd(queue.toKey('stalled'), id);
      await redis.del(queue.toKey(`${id}:lock`), queue.toKey('stalled-check'));
    },
    close: async () => {
      // BullMQ would wait for Redis if it is away.
      await pTimeout(Promise.all([events.close(), queue.close()]), {
        milliseconds: 500,
        fallback: () => undefined,
      });
      redis.disconnect();
    },
  };
}

export type TestService = Awaited<ReturnType<typeof startTestService>>;

/** Uses the API as an internal service would. Every answer has to be as described. */
export class ApiClient {
  /** @param basePath below which the service's routes are, too */
  constructor(
    readonly url: string,
    private readonly key?: string,
    private readonly basePath = '',
  ) {}

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...(this.key && { authorization: `Bearer ${this.key}` }), ...(init.headers as object) };
    const response = await fetch(this.url + path, { ...init, headers });
    const { method = 'GET' } = init;
    const target = new URL(this.url).pathname.replace(/\/$/, '') + path;
    await expectDescribed({ method, target }, await answeredBy(response, method), {
      basePath: this.basePath,
      describe: async () => (await (await fetch(`${this.url}/openapi.json`)).json()) as OpenApi,
    });
    return response;
  }

  post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.request('/cancellations', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  /**
   * Asks again after each 503, when `Retry-After` says, spread out from other callers.
   *
   * @param place among the callers, from 0
   */
  async persist(body: unknown, place: number, headers: Record<string, string> = {}): Promise<Response> {
    const response = await this.post(body, headers);
    if (response.status !== 503) return response;
    await setTimeout(Number(response.headers.get('retry-after')) * 1000 + place * SPREAD_MS);
    return this.persist(body, place, headers);
  }

  async create(body: unknown): Promise<Cancellation> {
    const response = await this.post(body);
    if (response.status !== 202) throw new Error(`HTTP status ${response.status}: ${await response.text()}`);
    return (await response.json()) as Cancellation;
  }

  async get(id: string): Promise<Cancellation> {
    return (await (await this.request(`/cancellations/${id}`)).json()) as Cancellation;
  }
}
