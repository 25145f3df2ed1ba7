import 'reflect-metadata';
import type { LoggerService } from '@nestjs/common';
import {
  InvalidEnvironmentError,
  namesOfVariables,
  readEnvironment,
  variablesOf,
} from './config/environment.js';
import { misspelledIn } from './config/misspelled.js';
import { shownProxies } from './config/proxy.environment.js';
import { ServiceEnvironment } from './config/service.environment.js';
import { CannotListenError } from './listen.js';
import { createLogger } from './platform/logging/logger.js';
import { spans } from './platform/trace/spans.js';
import { InvalidFileError } from './projects/projects.errors.js';
import { UnusableRedisError } from './platform/redis/redis.errors.js';
import { startService } from './service.js';
import type { Service } from './service.js';

/**
 * Added to the grace period before the process exits even if something hangs: 1.1 s for servers, 0.5 s for the last
 * spans.
 */
const EXIT_MARGIN_MS = 2000;

/** The signals that the process reacts to. */
export interface Signals {
  /** The first signal to stop. */
  readonly stop: Promise<NodeJS.Signals>;
  /** Every signal to reload the projects file, the API keys and the templates. */
  readonly reload: AsyncIterable<unknown>;
}

/** How long running attempts may take when the process must end; another worker repeats them. */
const DEATH_GRACE_MS = 1000;

/** Errors whose message is all that an operator needs. */
const FOR_OPERATORS = [CannotListenError, InvalidEnvironmentError, InvalidFileError, UnusableRedisError];

export const isForOperators = (error: unknown): error is Error =>
  FOR_OPERATORS.some((kind) => error instanceof kind);

/** Runs the service from reading the environment to the exit code. */
export async function run(signals: Signals): Promise<never> {
  try {
    process.exit(await serve(signals));
  } catch (error) {
    const { message, stack } = error as Error;
    process.stderr.write(`${isForOperators(error) ? message : (stack ?? message)}\n`);
    process.exit(1);
  }
}

/** @returns the exit code */
async function serve(signals: Signals): Promise<number> {
  const environment = readEnvironment(ServiceEnvironment);
  const logger = createLogger(environment.LOG_LEVEL);
  const stopped = awaitStop(signals.stop, environment, logger);

  for (const { variable, meant } of misspelledIn(namesOfVariables(), variablesOf(ServiceEnvironment))) {
    logger.warn('unknown variable: is another one meant?', { variable, meant }, 'Service');
  }
  const proxies = shownProxies(environment);
  if (proxies !== null) logger.log('SignalWire is reached through a proxy', proxies, 'Service');

  const service = await startService(environment, logger);
  logger.log('started', { roles: environment.ROLES, ...service.urls }, 'Service');
  void reloadOnEach(signals.reload, service);
  const death = await Promise.race([stopped, service.died]);
  const exitCode = death === null ? 0 : 1;
  if (death === null) {
    await service.stop();
  } else {
    const { message: reason, cause } = death;
    logger.fatal?.(
      'cannot go on',
      { reason, error: cause instanceof Error ? cause.message : undefined },
      'Service',
    );
    exitWithin(DEATH_GRACE_MS, exitCode, logger);
    await service.stop(DEATH_GRACE_MS);
  }
  await spans()?.shutdown();
  logger.log('stopped', { exitCode }, 'Service');
  return exitCode;
}

/** Includes signals that came during the start. */
async function reloadOnEach(signals: AsyncIterable<unknown>, service: Service): Promise<void> {
  for await (const _ of signals) service.reload();
}

/** Resolves at the signal to stop; from then on the process will exit, even if it has not finished starting. */
async function awaitStop(
  stopSignal: Promise<NodeJS.Signals>,
  { SHUTDOWN_TIMEOUT_MS, DRAIN_MS }: ServiceEnvironment,
  logger: LoggerService,
): Promise<null> {
  const signal = await stopSignal;
  logger.log('stopping', { signal }, 'Service');
  exitWithin(Math.max(SHUTDOWN_TIMEOUT_MS, DRAIN_MS), 0, logger);
  return null;
}

function exitWithin(graceMs: number, exitCode: number, logger: LoggerService): void {
  const exit = (): never => {
    logger.warn('stopped, although something still hung', { exitCode }, 'Service');
    process.exit(exitCode);
  };
  setTimeout(exit, graceMs + EXIT_MARGIN_MS).unref();
}
