import 'reflect-metadata';
import { InvalidEnvironmentError, readEnvironment } from './config/environment.js';
import { ServiceEnvironment } from './config/service.environment.js';
import { JsonLogger } from './logger.js';
import { InvalidProjectsFileError } from './projects/projects.errors.js';
import { startService } from './service.js';
import type { Service } from './service.js';

/** How much longer than `SHUTDOWN_TIMEOUT_MS` the process may live after the signal, whatever hangs. */
const EXIT_MARGIN_MS = 2000;

/** What the process is told from outside. */
export interface Signals {
  /** The first signal to stop. */
  readonly stop: Promise<NodeJS.Signals>;
  /** Each signal to read the projects file again. */
  readonly reload: AsyncIterable<unknown>;
}

/** The whole life of a process of the service: from the environment to the exit code. */
export async function run(signals: Signals): Promise<never> {
  try {
    await serve(signals);
    process.exit(0);
  } catch (error) {
    const { message, stack } = error as Error;
    const isForOperators =
      error instanceof InvalidEnvironmentError || error instanceof InvalidProjectsFileError;
    process.stderr.write(`${isForOperators ? message : (stack ?? message)}\n`);
    process.exit(1);
  }
}

async function serve(signals: Signals): Promise<void> {
  const environment = readEnvironment(ServiceEnvironment);
  const logger = new JsonLogger(environment.LOG_LEVEL);
  const toldToStop = awaitStop(signals.stop, environment, logger);

  const service = await startService(environment, logger);
  logger.log('started', { roles: environment.ROLES, ...service.urls }, 'Service');
  void reloadOnEach(signals.reload, service);
  await toldToStop;
  await service.stop();
}

/** A signal that came while the service started counts too. */
async function reloadOnEach(signals: AsyncIterable<unknown>, service: Service): Promise<void> {
  for await (const _ of signals) service.reload();
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
