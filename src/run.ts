import 'reflect-metadata';
import { InvalidEnvironmentError, readEnvironment } from './config/environment.js';
import { ServiceEnvironment } from './config/service.environment.js';
import { JsonLogger } from './logger.js';
import { startService } from './service.js';

/** How much longer than `SHUTDOWN_TIMEOUT_MS` the process may live after the signal, whatever hangs. */
const EXIT_MARGIN_MS = 2000;

/** The whole life of a process of the service: from the environment to the exit code. */
export async function run(stopSignal: Promise<NodeJS.Signals>): Promise<never> {
  try {
    await serve(stopSignal);
    process.exit(0);
  } catch (error) {
    const { message, stack } = error as Error;
    process.stderr.write(`${error instanceof InvalidEnvironmentError ? message : (stack ?? message)}\n`);
    process.exit(1);
  }
}

async function serve(stopSignal: Promise<NodeJS.Signals>): Promise<void> {
  const environment = readEnvironment(ServiceEnvironment);
  const logger = new JsonLogger(environment.LOG_LEVEL);
  const toldToStop = awaitStop(stopSignal, environment, logger);

  const service = await startService(environment, logger);
  logger.log('started', { roles: environment.ROLES, ...service.urls }, 'Service');
  await toldToStop;
  await service.stop();
}

/** From the signal on, the process is bound to end, even if it has only half started. */
async function awaitStop(
  stopSignal: Promise<NodeJS.Signals>,
  { SHUTDOWN_TIMEOUT_MS }: ServiceEnvironment,
  logger: JsonLogger,
): Promise<void> {
  const signal = await stopSignal;
  logger.log('stopping', { signal }, 'Service');
  setTimeout(() => process.exit(0), SHUTDOWN_TIMEOUT_MS + EXIT_MARGIN_MS).unref();
}
