import { ConsoleLogger, Logger } from '@nestjs/common';
import { InvalidEnvironmentError } from '../config/environment.js';
import { readSimulatorConfig } from './simulator.config.js';
import { createSimulator } from './simulator.js';

async function main(): Promise<void> {
  const config = readSimulatorConfig();
  const app = await createSimulator(config, new ConsoleLogger({ json: true, flattenParams: true }));
  // Otherwise SIGTERM would end the process with 143 even after an orderly end.
  app.enableShutdownHooks(undefined, { useProcessExit: true });
  await app.listen(config.port, config.host);
  const url = await app.getUrl();
  new Logger('Simulator').log('simulator listens', { url, page: `${url}/`, projectId: config.projectId });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof InvalidEnvironmentError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
