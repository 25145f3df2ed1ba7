import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Program } from '../../src/demo/program.js';
import { untilReady } from '../../src/demo/until-ready.js';
import { Ports } from '../support/topologies/ports.js';
import { startBenchRedis } from './bench-redis.js';
import { ask, readyBeforeEnd, running, startChild, stopChild } from './child.js';
import type { ChildOptions, Running } from './child.js';
import type { Cores, Part } from './cores.js';
import type { LoadOrder, LoadResult } from './programs/load.js';
import type { Ready } from './programs/setup.js';
import type { Side } from './results/comparison.js';
import { serviceVariables } from './service-variables.js';

/** Stands in where no update is sent. */
const NO_SIGNALWIRE = 'http://127.0.0.1:9';
const CREDENTIALS = { projectId: 'bench', apiToken: 'bench' };

/** Backlogs must not expire while they are measured. */
const DEADLINE_MS = 6 * 3_600_000;

/** A logical database of Redis per side, so that each can be emptied by itself. */
const DATABASES: Readonly<Record<Side, number>> = { ours: 0, plain: 1, ceiling: 2 };

/** For a row that compares the service with itself. */
const SECOND_DATABASE = 3;

export interface StageSettings {
  readonly cores: Cores | null;
  readonly rounds: number;
  readonly quick: boolean;
}

interface ServiceOptions {
  readonly roles: string;
  readonly stubUrl?: string;
  readonly profileTo?: string | undefined;
  readonly secondDatabase?: boolean;
  /** Of the collector of its traces; without it, it records none. */
  readonly collectorUrl?: string;
  /** Further variables, and others than usual. */
  readonly variables?: Readonly<Record<string, string>>;
}

interface PlainOptions {
  readonly worker: boolean;
  readonly stubUrl?: string;
  readonly profileTo?: string | undefined;
}

export interface RunningService extends Running {
  /** Where its documents are; nothing listens there without the role. */
  readonly documentsUrl: string;
  readonly linkSecret: string;
  readonly healthUrl: string;
}

/** Where a row is measured: a Redis of its own, and processes that end with the row. */
export class Stage {
  readonly authorization: string;
  private readonly apiKey = randomBytes(16).toString('hex');
  private readonly ports = new Ports();
  private loader?: Promise<Running>;

  private constructor(
    readonly program: Program,
    readonly settings: StageSettings,
    private readonly redisUrl: string,
    /** For the bench's own questions. */
    readonly redis: Redis,
  ) {
    this.authorization = `Bearer ${this.apiKey}`;
  }

  static async open(program: Program, settings: StageSettings): Promise<Stage> {
    const redisUrl = await startBenchRedis(program, settings.cores);
    const redis = await program.start(
      async () => new Redis(redisUrl),
      async (started) => started.disconnect(),
    );
    return new Stage(program, settings, redisUrl, redis);
  }

  /** `usual`, or `quick` with `--quick`. */
  choose<T>(usual: T, quick: T): T {
    return this.settings.quick ? quick : usual;
  }

  redisUrlOf(side: Side): string {
    return `${this.redisUrl}/${DATABASES[side]}`;
  }

  /** A connection of its own to a side's database. */
  connect(side: Side | 'second'): Promise<Redis> {
    const db = side === 'second' ? SECOND_DATABASE : DATABASES[side];
    return this.program.start(
      async () => new Redis(this.redisUrl, { db }),
      async (started) => started.disconnect(),
    );
  }

  /** Removes all that a side has in Redis. */
  async empty(side: Side | 'second'): Promise<void> {
    await this.redis.select(side === 'second' ? SECOND_DATABASE : DATABASES[side]);
    await this.redis.flushdb();
  }

  /** Runs one of `programs/` until it says that it is ready. */
  async run(name: string, part: Part, setup: object = {}): Promise<Running> {
    const child = await this.child(`./programs/${name}.js`, part, { setup });
    const told = once(child, 'message', { signal: this.program.signal });
    const [{ port }] = (await readyBeforeEnd(child, told)) as [Ready];
    return running(child, port);
  }

  /** The ceiling of a start, which may not be ready yet. */
  async spawnBareNest(): Promise<Running> {
    const port = await this.ports.next();
    return running(await this.child('./programs/bare-nest.js', 'service', { setup: { port } }), port);
  }

  /** The service as `npm start` runs it, ready. */
  async service(options: ServiceOptions): Promise<RunningService> {
    const service = await this.spawnService(options);
    await readyBeforeEnd(service.child, untilReady(`${service.healthUrl}/health/ready`, this.program.signal));
    return service;
  }

  /** The service, which may not be ready yet. */
  async spawnService(options: ServiceOptions): Promise<RunningService> {
    const { roles, stubUrl, profileTo, secondDatabase, collectorUrl } = options;
    const [port, publicPort, metricsPort] = [
      await this.ports.next(),
      await this.ports.next(),
      await this.ports.next(),
    ];
    const redisUrl = secondDatabase ? `${this.redisUrl}/${SECOND_DATABASE}` : this.redisUrlOf('ours');
    const signalWire = { ...CREDENTIALS, url: stubUrl ?? NO_SIGNALWIRE };
    const own = serviceVariables({ port, publicPort, redisUrl, signalWire });
    const variables = {
      ...own,
      ROLES: roles,
      METRICS_PORT: String(metricsPort),
      API_KEYS: `bench:${this.apiKey}`,
      DEADLINE_MS: String(DEADLINE_MS),
      MAX_REQUESTS_PER_SECOND: '10000',
      ...(collectorUrl !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl }),
      ...options.variables,
    };
    const child = await this.child('../../src/main.js', 'service', {
      variables,
      profileTo,
    });
    const hasApi = roles.split(',').includes('api');
    return {
      ...running(child, port),
      documentsUrl: `http://127.0.0.1:${publicPort}`,
      linkSecret: own['LINK_SECRET'] ?? '',
      healthUrl: `http://127.0.0.1:${hasApi ? port : metricsPort}`,
    };
  }

  /** The plain build, ready. */
  async plain(options: PlainOptions): Promise<Running> {
    const plain = await this.spawnPlain(options);
    const url = `${plain.url}/laml/stop-stream?STREAMNAME=ready`;
    await readyBeforeEnd(plain.child, untilReady(url, this.program.signal));
    return plain;
  }

  /** The plain build, which may not be ready yet. */
  async spawnPlain({ worker, stubUrl, profileTo }: PlainOptions): Promise<Running> {
    const port = await this.ports.next();
    const variables = {
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      REDIS_URL: this.redisUrlOf('plain'),
      SIGNALWIRE_SPACE_URL: stubUrl ?? NO_SIGNALWIRE,
      SIGNALWIRE_PROJECT_ID: CREDENTIALS.projectId,
      SIGNALWIRE_API_TOKEN: CREDENTIALS.apiToken,
      WORKER: worker ? 'on' : 'off',
    };
    const child = await this.child('./plain/main.js', 'service', {
      variables,
      profileTo,
    });
    return running(child, port);
  }

  /** Has the row's load generator send requests. */
  async load(order: LoadOrder): Promise<LoadResult> {
    const { child } = await (this.loader ??= this.run('load', 'load'));
    return ask<LoadResult>(child, order, this.program.signal);
  }

  private child(file: string, part: Part, options: Omit<ChildOptions, 'through'>): Promise<ChildProcess> {
    const through = this.settings.cores?.on(part) ?? [];
    return this.program.start(async () => startChild(file, { ...options, through }), stopChild);
  }
}
