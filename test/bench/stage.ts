import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { MAX_REQUESTS_PER_SECOND } from '../../src/config/environment.rules.js';
import { freePort } from '../../src/demo/free-port.js';
import { localVariables } from '../../src/demo/local-variables.js';
import type { Program } from '../../src/demo/program.js';
import { untilReady } from '../../src/demo/until-ready.js';
import { ask, readyBeforeEnd, startChild, stopChild } from './child.js';
import type { ChildOptions, Watched } from './child.js';
import type { Cores, Part } from './cores.js';
import { provideBenchRedis } from './bench-redis.js';
import type { LoadOrder, LoadResult } from './programs/load.js';
import type { Ready } from './programs/setup.js';
import { running } from './running.js';
import type { Running, RunningService, ServiceSetup } from './running.js';

const NOWHERE = { url: 'http://127.0.0.1:9', projectId: 'bench', apiToken: 'bench' };

export interface StageSettings {
  readonly cores: Cores | null;
  readonly rounds: number;
  readonly quick: boolean;
}

/** Where a row is measured: a Redis of its own, and processes that end with the row. */
export class Stage {
  readonly authorization: string;
  private readonly apiKey = randomBytes(16).toString('hex');
  private loader?: Promise<Running>;

  private constructor(
    readonly program: Program,
    readonly settings: StageSettings,
    readonly redisUrl: string,
    /** For the bench's own questions. */
    readonly redis: Redis,
  ) {
    this.authorization = `Bearer ${this.apiKey}`;
  }

  static async open(program: Program, settings: StageSettings): Promise<Stage> {
    const { url: redisUrl } = await provideBenchRedis(program, settings.cores);
    const redis = await program.start(
      async () => new Redis(redisUrl),
      async (started) => started.disconnect(),
    );
    return new Stage(program, settings, redisUrl, redis);
  }

  /** `usual`, or `quick` where not much time is to be spent. */
  choose<T>(usual: T, quick: T): T {
    return this.settings.quick ? quick : usual;
  }

  /** Prepares something on the core that nothing is measured on meanwhile, so that Redis has its own for itself. */
  async prepare(work: () => Promise<void>): Promise<void> {
    const { cores } = this.settings;
    await cores?.move(process.pid, 'service');
    try {
      await work();
    } finally {
      await cores?.move(process.pid, 'load');
    }
  }

  /** One of `programs/`, which tells when it is ready. */
  async run(name: string, part: Part, setup: object = {}, watched: Watched = {}): Promise<Running> {
    const { child } = await this.spawn(name, part, 0, setup, watched);
    const told = once(child, 'message', { signal: this.program.signal });
    const [{ port }] = (await readyBeforeEnd(child, told)) as [Ready];
    return running(child, port);
  }

  /** The same, which may not be ready yet. */
  async spawn(
    name: string,
    part: Part,
    port: number,
    setup: object,
    watched: Watched = {},
  ): Promise<Running> {
    return running(await this.child(`./programs/${name}.js`, part, { setup, ...watched }), port);
  }

  /** The service as `npm start` runs it, with the roles given and ready to be used. */
  async service(setup: ServiceSetup): Promise<RunningService> {
    const { service, healthUrl } = await this.spawnService(setup);
    await readyBeforeEnd(service.child, untilReady(`${healthUrl}/health/ready`, this.program.signal));
    return service;
  }

  /** The same, which may not be ready yet. */
  async spawnService({
    roles,
    prefix,
    stubUrl,
    ...watched
  }: ServiceSetup): Promise<{ service: RunningService; healthUrl: string }> {
    const [port, publicPort, metricsPort] = [await freePort(), await freePort(), await freePort()];
    const simulator = { ...NOWHERE, ...(stubUrl !== undefined && { url: stubUrl }) };
    const local = localVariables({
      port,
      publicPort,
      redisUrl: this.redisUrl,
      queuePrefix: prefix,
      simulator,
    });
    const variables = {
      ...local,
      ROLES: roles,
      METRICS_PORT: String(metricsPort),
      API_KEYS: `bench:${this.apiKey}`,
      MAX_REQUESTS_PER_SECOND: String(MAX_REQUESTS_PER_SECOND),
    };
    const child = await this.child('../../src/main.js', 'service', { variables, ...watched });
    const service = {
      ...running(child, port),
      documentsUrl: `http://127.0.0.1:${publicPort}`,
      linkSecret: local['LINK_SECRET'] ?? '',
    };
    const hasApi = roles.split(',').includes('api');
    return { service, healthUrl: hasApi ? service.url : `http://127.0.0.1:${metricsPort}` };
  }

  /** Has the load generator, one for all of the row, send requests. */
  async load(order: LoadOrder): Promise<LoadResult> {
    const { child } = await (this.loader ??= this.run('load', 'load'));
    return ask<LoadResult>(child, order, this.program.signal);
  }

  private child(file: string, part: Part, options: Omit<ChildOptions, 'through'>): Promise<ChildProcess> {
    const through = this.settings.cores?.on(part) ?? [];
    return this.program.start(async () => startChild(file, { ...options, through }), stopChild);
  }
}
