import 'reflect-metadata';
import { InvalidEnvironmentError, readEnvironment } from './config/environment.js';
import { ServiceEnvironment } from './config/service.environment.js';
import { JsonLogger } from './logger.js';
import { startService } from './service.js';

/** How much longer than `SHUTDOWN_TIMEOUT_MS` the process may live after SIGTERM, whatever hangs. */
const EXIT_MARGIN_MS = 2000;

async function main(): Promise<void> {
  const environment = readEnvironment(ServiceEnvironment);
  const logger = new JsonLogger(environment.LOG_LEVEL);
  const service = await startService(environment, logger);
  logger.log('started', { roles: environment.ROLES, ...service.urls }, 'Service');

  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    // npm passes on a SIGINT that the terminal has sent already; without a listener it would cut the drain short.
    if (stopping) return;
    stopping = true;
    logger.log('stopping', { signal }, 'Service');
    setTimeout(() => process.exit(0), environment.SHUTDOWN_TIMEOUT_MS + EXIT_MARGIN_MS).unref();
    service.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('stopping failed', { error: String(error) }, 'Service');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  const message =
    error instanceof InvalidEnvironmentError ? error.message : String((error as Error).stack ?? error);
  process.stderr.write(`${message}\n`);
  process.exit(1);
});
