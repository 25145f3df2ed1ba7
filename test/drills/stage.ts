import { setTimeout as delay } from 'node:timers/promises';
import type { Program } from '../../src/demo/program.js';
import type { RedisServer } from '../../src/demo/redis/redis-server.js';
import type { CallView } from '../../src/simulator/calls/call-view.js';
import { deliveredKey } from '../../src/gate/gate-keys.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { DEFAULT_PROJECT } from '../../src/projects/projects.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { serviceVariables } from '../bench/service-variables.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { Caller } from './parts/caller.js';
import { ExpectationError } from './drill.js';
import type { Drill } from './drill.js';
import { startOwnRedis } from './parts/own-redis.js';
import { LOOPBACK } from './parts/premises.js';
import type { Premises } from './parts/premises.js';
import { Ports } from '../support/topologies/ports.js';
import { redisCommand } from './parts/redis-command.js';
import { QUEUE_PREFIX } from './parts/queue-states.js';
import { ServiceProcess } from './parts/service-process.js';
import type { Interruption } from './updates.js';

const LOOKS_AGAIN_AFTER_MS = 50;
const PROVEN_FOR_MS = 60_000;
/** Keeps the call up after the stop, so that only a stop document can stop a stream. */
const THEN = '[{"pause":3600}]';

export const SIGNING_KEY = 'PSKdrills0123456789';

export type Variables = Readonly<Record<string, string>>;

/** A Redis of several servers. */
export interface Topology {
  /** Where the service finds it. */
  readonly variables: Variables;
  /** The server that has the queue in the beginning. */
  readonly first: RedisServer;
}

/** Where a drill takes place: a Redis, a SignalWire simulator and service processes of its own. */
export class Stage {
  readonly violations: string[] = [];
  readonly interruptions: Interruption[] = [];
  readonly callSids: string[] = [];
  /** Whether the fault destroys the data in Redis. */
  mayLose = false;

  private constructor(
    private readonly program: Program,
    /** The server that has the queue; a drill changes it when another one takes over. */
    public redis: RedisServer,
    readonly simulator: Simulator,
    readonly caller: Caller,
    /** The variables of every process; a drill may change them before it starts one. */
    readonly variables: Record<string, string>,
    readonly ports: Ports,
    private readonly premises: Premises,
  ) {}

  static async open(
    program: Program,
    drill: Pick<Drill, 'persistent' | 'topology' | 'premises'>,
  ): Promise<Stage> {
    const premises = (await drill.premises?.(program)) ?? LOOPBACK;
    const found = await drill.topology?.(program);
    const single = { appendOnly: drill.persistent ?? false, place: premises.redis };
    const redis = found?.first ?? (await startOwnRedis(program, single));
    const { apiKey } = premises;
    const simulator = await program.start(
      () => startSimulator({ log: false, signingKey: SIGNING_KEY, host: premises.signalWire }),
      (started) => started.close(),
    );
    const caller = await program.start(
      async () => new Caller(program.signal, { apiKey }),
      (started) => started.close(),
    );
    const ports = new Ports();
    const publicPort = await ports.next();
    const addresses = { port: 0, publicPort, redisUrl: redis.url, queuePrefix: QUEUE_PREFIX };
    const { REDIS_URL, ...others } = serviceVariables({ ...addresses, signalWire: simulator });
    const variables = {
      ...others,
      ...(found?.variables ?? { REDIS_URL: String(REDIS_URL) }),
      PUBLIC_URL: `http://${premises.documents}:${publicPort}`,
      ...(apiKey !== undefined && { API_KEYS: `drills:${apiKey}` }),
      DEFAULT_THEN: THEN,
      LOG_LEVEL: 'fatal',
    };
    return new Stage(program, redis, simulator, caller, variables, ports, premises);
  }

  /** Aborted when the drill's time is up, or the program ends. */
  get signal(): AbortSignal {
    return this.program.signal;
  }

  /** A process that is not started yet. It has its own ports, except for the public one, which SignalWire knows. */
  async process(roles: string, variables: Variables = {}): Promise<ServiceProcess> {
    const [port, operations] = [await this.ports.next(), await this.ports.next()];
    const hasApi = roles.split(',').includes('api');
    const { address, within } = this.premises.placeOf(roles);
    const url = `http://${address}:${hasApi ? port : operations}`;
    const all = { ...this.variables, PORT: String(port), METRICS_PORT: String(operations), ROLES: roles };
    const started = new ServiceProcess({ ...all, ...variables }, url, within);
    if (hasApi) this.caller.urls.push(url);
    return this.program.start(
      async () => started,
      (process) => process.kill(),
    );
  }

  /** A ready process. @throws {ExpectationError} it ended instead */
  async start(roles: string, variables: Variables = {}): Promise<ServiceProcess> {
    const process = await this.process(roles, variables);
    await process.start(this.signal);
    return process;
  }

  /** A ready process per role; `variables` are the worker's. */
  async startAll(variables: Variables = {}): Promise<Readonly<Record<Role, ServiceProcess>>> {
    const [api, worker, documents] = await Promise.all([
      this.start('api'),
      this.start('worker', variables),
      this.start('documents'),
    ]);
    return { api, worker, documents };
  }

  /**
   * As if SignalWire had fetched documents a moment ago, and for some time to come: the service then sends many updates
   * before the first one is fetched.
   */
  async provenDelivery(): Promise<void> {
    const until = String(Date.now() + PROVEN_FOR_MS);
    await redisCommand(this.redis.url, 'SET', deliveredKey(QUEUE_PREFIX, DEFAULT_PROJECT), until);
  }

  /** Something else that ends with the drill. */
  own<T>(part: () => Promise<T>, end: (part: T) => Promise<unknown>): Promise<T> {
    return this.program.start(part, end);
  }

  /** A proxy to a port of loopback. */
  proxyTo(port: number): Promise<TcpProxy> {
    return this.own(
      () => TcpProxy.start('127.0.0.1', port),
      (proxy) => proxy.close(),
    );
  }

  /** @returns the SID of a new call with one running stream, `stream` */
  call(...faults: readonly Fault[]): string {
    return this.callWith(['stream'], faults);
  }

  callWith(streams: readonly string[], faults: readonly Fault[] = []): string {
    const { sid } = this.simulator.createCall({ streams: streams.map((name) => ({ name })), faults });
    this.callSids.push(sid);
    return sid;
  }

  /** New calls; `faultsOf` gives the faults of each by its number. */
  calls(count: number, faultsOf: (number: number) => readonly Fault[] = () => []): string[] {
    return Array.from({ length: count }, (_, number) => this.call(...faultsOf(number)));
  }

  /** The calls as SignalWire sees them; default: all. */
  callViews(sids: readonly string[] = this.callSids): CallView[] {
    return sids.map((sid) => this.simulator.call(sid));
  }

  /** Records that processes may have lost what they knew, from `from` until now. */
  interrupted(from = Date.now()): void {
    this.interruptions.push({ from, to: Date.now() });
  }

  /** Records a violation unless `holds`. */
  expect(holds: boolean, violation: string): void {
    if (!holds) this.violations.push(violation);
  }

  wait(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.signal });
  }

  /** Looks until `happened`. @returns after how many ms. @throws {ExpectationError} it did not within `limitMs` */
  async until(what: string, limitMs: number, happened: () => boolean | Promise<boolean>): Promise<number> {
    const start = performance.now();
    while (!(await happened())) {
      if (performance.now() - start > limitMs) {
        throw new ExpectationError(`not within ${limitMs / 1000} s: ${what}`);
      }
      await this.wait(LOOKS_AGAIN_AFTER_MS);
    }
    return performance.now() - start;
  }

  /** Has the stream of a new call stopped, asking until the request is accepted. @returns after how many ms */
  async stopped(sid = this.call(), limitMs = 30_000): Promise<number> {
    const start = performance.now();
    await this.caller.insist({ callSid: sid });
    await this.until('the stream of a new call stopped', limitMs, () => this.isStopped(sid));
    return performance.now() - start;
  }

  isStopped(sid: string): boolean {
    return this.simulator.call(sid).streams.every(({ status }) => status === 'stopped');
  }
}

type Role = 'api' | 'worker' | 'documents';
