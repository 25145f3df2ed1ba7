import 'reflect-metadata';
import { InvalidEnvironmentError, readEnvironment } from './config/environment.js';
import { ServiceEnvironment } from './config/service.environment.js';
import { JsonLogger } from './logger.js';
import { UnsafeRedisError } from './redis/redis.errors.js';
import { startService } from './service.js';

/** How much longer than its grace the process may live once it is to end, whatever hangs. */
const EXIT_MARGIN_MS = 2000;

/** Of the attempts under way when the process has died: another worker starts them again. */
const DEATH_GRACE_MS = 1000;

/** The whole life of a process of the service: from the environment to the exit code. */
export async function run(stopSignal: Promise<NodeJS.Signals>): Promise<never> {
  try {
    process.exit(await serve(stopSignal));
  } catch (error) {
    const { message, stack } = error as Error;
    const isExpected = error instanceof InvalidEnvironmentError || error instanceof UnsafeRedisError;
    process.stderr.write(`${isExpected ? message : (stack ?? message)}\n`);
    process.exit(1);
  }
}

/** @returns the exit code */
async function serve(stopSignal: Promise<NodeJS.Signals>): Promise<number> {
  const environment = readEnvironment(ServiceEnvironment);
  const logger = new JsonLogger(environment.LOG_LEVEL);
  const toldToStop = awaitStop(stopSignal, environment, logger);

  const service = await startService(environment, logger);
  logger.log('started', { roles: environment.ROLES, ...service.urls }, 'Service');
  const death = await Promise.race([toldToStop, service.died]);
  if (death === null) {
    await service.stop();
    return 0;
  }
  const { message, cause } = death;
  logger.fatal(message, { error: cause instanceof Error ? cause.message : undefined }, 'Service');
  exitWithin(DEATH_GRACE_MS, 1);
  await service.stop(DEATH_GRACE_MS);
  return 1;
}

/** From the signal on, the process is bound to end, even if it has only half started. */
async function awaitStop(
  stopSignal: Promise<NodeJS.Signals>,
  { SHUTDOWN_TIMEOUT_MS }: ServiceEnvironment,
  logger: JsonLogger,
): Promise<null> {
  const signal = await stopSignal;
  logger.log('stopping', { signal }, 'Service');
  exitWithin(SHUTDOWN_TIMEOUT_MS, 0);
  return null;
}

function exitWithin(graceMs: number, exitCode: number): void {
  setTimeout(() => process.exit(exitCode), graceMs + EXIT_MARGIN_MS).unref();
}
