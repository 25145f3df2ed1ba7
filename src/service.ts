import type { Server } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { LoggerService, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pTimeout from 'p-timeout';
import { Sessions } from './access/sessions.js';
import { redisTargetOf } from './config/redis/redis.environment.js';
import type { ServiceEnvironment } from './config/service.environment.js';
import { configureDocuments, documentsServerOptions } from './documents/documents.server.js';
import { configureApi } from './api/api.server.js';
import { httpAdapter } from './platform/http/http-adapter.js';
import type { ServerName, ServerOptions } from './platform/http/http-adapter.js';
import { answerWithProblems, PROBLEM_SERVER } from './platform/http/problem-server.js';
import { OperationsModule } from './operations/operations.module.js';
import { RedisGuard } from './platform/redis/redis-guard.js';
import { OtherSchemaError } from './platform/redis/redis.errors.js';
import { ApiModule } from './api/api.module.js';
import { listen, listenOnLoopback, localUrl } from './listen.js';
import { DocumentsModule } from './documents/documents.module.js';
import { Heartbeat } from './queue/processes/heartbeat.js';
import { ProcessModule, sharedByRoles } from './process.module.js';
import type { SharedByRoles } from './process.module.js';
import { SCHEMA_VERSION } from './schema-version.js';
import { WorkerModule } from './worker/worker.module.js';

/** How long requests may take to arrive over connections that were accepted at the very end. */
const LAST_ARRIVALS_MS = 100;

/** How many of the last connections are accepted, one each turn of the event loop. */
const MOST_LAST_CONNECTIONS = 1000;

/** How long open requests may take once everything else has stopped. */
const LAST_REQUESTS_MS = 1000;

/** A running process of the service. */
export interface Service {
  /** The base URL of each server that this process runs. */
  readonly urls: { readonly api?: string; readonly documents?: string; readonly operations?: string };
  /** Reloads the projects file, the API keys and the templates, if there are any, and logs what is wrong with them. */
  reload(): void;
  /** Resolves with the reason when the process can no longer do its work. */
  readonly died: Promise<Error>;
  /**
   * Turns unready at once, and lets running attempts finish while their documents are still served. The servers go on
   * for `DRAIN_MS` at least, until those who balance the load have noticed.
   *
   * @param graceMs how long it may take; default: `SHUTDOWN_TIMEOUT_MS`, and `DRAIN_MS` in any case
   */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Starts the roles of this process, each as a Nest application of its own, in the order in which they need each other.
 *
 * @throws {UnusableRedisError}
 */
export async function startService(environment: ServiceEnvironment, logger: LoggerService): Promise<Service> {
  // Lines before the first role starts would have Nest's own format.
  Logger.overrideLogger(logger);
  const shared = await sharedByRoles(environment);
  const { ROLES, SHUTDOWN_TIMEOUT_MS, DRAIN_MS } = environment;

  const guard = redisGuard(shared);
  await guard.start();
  const heartbeat = new Heartbeat(guard.redis, environment.QUEUE_PREFIX, shared.own, shared.clock);
  const documents = ROLES.includes('documents') ? await startDocuments(shared, logger) : null;
  const api = ROLES.includes('api') ? await startApi(shared, logger) : null;
  const operations = api === null ? await startOperations(shared, logger) : null;
  const worker = ROLES.includes('worker')
    ? await NestFactory.createApplicationContext(ProcessModule.running(WorkerModule, shared), { logger })
    : null;

  return {
    urls: {
      ...(api && { api: await localUrl(api) }),
      ...(documents && { documents: await localUrl(documents) }),
      ...(operations && { operations: await localUrl(operations) }),
    },
    reload: () => {
      shared.projects.reload();
      shared.apiKeys.reload();
      void shared.templates.reload();
    },
    died: shared.readiness.died,
    stop: async (graceMs) => {
      shared.readiness.drain();
      const isServer = api !== null || documents !== null;
      const drained = isServer ? delay(Math.min(DRAIN_MS, graceMs ?? DRAIN_MS)) : null;
      // The last attempts need their documents, so the servers close after the worker.
      if (worker !== null) {
        await pTimeout(worker.close(), {
          milliseconds: graceMs ?? SHUTDOWN_TIMEOUT_MS,
          fallback: () =>
            logger.warn('the worker did not finish in time; another worker repeats its attempts', 'Service'),
        });
      }
      await drained;
      const servers = [api, operations, documents].filter((server) => server !== null);
      // At once, so that all fits into the margin that the process has after its grace period.
      await Promise.all([...servers.map(closeServer), heartbeat.stop()]);
      guard.stop();
    },
  };
}

/**
 * A process that only serves documents needs Redis for evidence alone, so it goes on with an unusable one. It must not
 * write to data of another schema version, though.
 */
function redisGuard({ environment, metrics, clock, readiness }: SharedByRoles): RedisGuard {
  const holdsJobs = environment.ROLES.some((role) => role !== 'documents');
  return new RedisGuard({
    target: redisTargetOf(environment),
    prefix: environment.QUEUE_PREFIX,
    schema: SCHEMA_VERSION,
    allowUnsafe: environment.ALLOW_UNSAFE_REDIS,
    holdsJobs,
    clock,
    losses: metrics.redisDataLost,
    roundTrips: metrics.redisRoundTrips,
    onUnusable: (error) =>
      holdsJobs || error instanceof OtherSchemaError
        ? readiness.die('redis', error)
        : new Logger('Service').error('Redis is unusable', { reason: error.message }),
    onStuck: (error) => readiness.die('redis', error),
  });
}

/** Closes open connections after a while, because an unfinished request would block the stop. */
async function closeServer(server: NestFastifyApplication): Promise<void> {
  await stopAccepting(server.getHttpServer());
  const closing = server.close();
  await pTimeout(closing, {
    milliseconds: LAST_REQUESTS_MS,
    fallback: () => {
      server.getHttpServer().closeAllConnections();
      return closing;
    },
  });
}

/**
 * Takes no more connections, and leaves the open ones alone. The HTTP server's own `close` also destroys those whose
 * request has not been read yet, which their clients see as ECONNRESET.
 */
async function stopAccepting(server: Server): Promise<void> {
  await acceptAll(server);
  TcpServer.prototype.close.call(server);
  await delay(LAST_ARRIVALS_MS);
}

/** Waits until no connection waits to be accepted, because the kernel resets those that do when the port is closed. */
async function acceptAll(server: Server): Promise<void> {
  const accepted: unknown[] = [];
  server.on('connection', () => accepted.push(null));
  await setImmediate();
  for (let before = -1; before < accepted.length && before < MOST_LAST_CONNECTIONS;) {
    before = accepted.length;
    await setImmediate();
  }
}

async function startDocuments(shared: SharedByRoles, logger: LoggerService): Promise<NestFastifyApplication> {
  const app = await createServer(
    DocumentsModule,
    'documents',
    shared,
    logger,
    documentsServerOptions(shared.environment),
  );
  configureDocuments(app);
  await listen(app, 'PUBLIC_PORT', shared.environment.PUBLIC_PORT, shared.environment.LISTEN_ADDRESS);
  return app;
}

async function startApi(shared: SharedByRoles, logger: LoggerService): Promise<NestFastifyApplication> {
  const { apiKeys, environment, metrics } = shared;
  const { PORT, LISTEN_ADDRESS, BASE_PATH } = environment;
  const app = await createServer(ApiModule, 'api', shared, logger, {
    ...PROBLEM_SERVER,
    basePath: BASE_PATH,
  });
  await configureApi(app, { keys: apiKeys, sessions: app.get(Sessions, { strict: false }), metrics });
  if (apiKeys.areRequired) {
    await listen(app, 'PORT', PORT, LISTEN_ADDRESS);
  } else {
    logger.warn('no API_KEYS and no API_KEYS_FILE: the API listens on loopback only', 'Service');
    await listenOnLoopback(app, 'PORT', PORT);
  }
  return app;
}

async function startOperations(
  shared: SharedByRoles,
  logger: LoggerService,
): Promise<NestFastifyApplication> {
  const app = await createServer(OperationsModule, 'operations', shared, logger, PROBLEM_SERVER);
  answerWithProblems(app);
  await listen(app, 'METRICS_PORT', shared.environment.METRICS_PORT, shared.environment.LISTEN_ADDRESS);
  return app;
}

async function createServer(
  role: Type,
  name: ServerName,
  shared: SharedByRoles,
  logger: LoggerService,
  options: ServerOptions = {},
): Promise<NestFastifyApplication> {
  const module = ProcessModule.running(role, shared);
  // Requests that come while the server closes get its own answers, rather than one of Fastify's.
  const adapter = httpAdapter(name, shared.metrics, { ...options, return503OnClosing: false });
  adapter.getInstance().addHook('onSend', async (_request, reply) => {
    if (shared.readiness.isDraining) reply.header('connection', 'close');
  });
  // Leaves Fastify's own JSON parser, which answers 415 to everything else.
  return NestFactory.create<NestFastifyApplication>(module, adapter, { logger, bodyParser: false });
}
