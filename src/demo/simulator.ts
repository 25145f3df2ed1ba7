import 'reflect-metadata';
import { once } from 'node:events';
import { readEnvironment } from '../config/environment.js';
import { createLogger } from '../platform/logging/logger.js';
import { startSimulator } from '../simulator/simulator.js';
import { checkPort } from './check-port.js';
import { runProgram } from './program.js';
import type { Program } from './program.js';
import { simulatorConfig, SimulatorEnvironment } from './simulator.environment.js';

await runProgram(runSimulator, { runsUntilInterrupted: true });

async function runSimulator(program: Program): Promise<void> {
  const environment = readEnvironment(SimulatorEnvironment);
  await checkPort('SIMULATOR_PORT', environment.SIMULATOR_PORT, environment.SIMULATOR_HOST);
  const logger = createLogger(environment.LOG_LEVEL);
  const { url, projectId } = await program.start(
    () => startSimulator({ ...simulatorConfig(environment), log: logger }),
    (simulator) => simulator.close(),
  );
  logger.log('simulator listens', { url, page: `${url}/`, projectId }, 'Simulator');
  await once(program.signal, 'abort');
}
