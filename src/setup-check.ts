import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { readEnvironment } from './config/environment.js';
import { ServiceEnvironment } from './config/service.environment.js';
import { ProcessModule, sharedByRoles } from './process.module.js';
import { isForOperators } from './run.js';
import type { CheckView } from './setup/check.js';
import { Setup } from './setup/setup.js';
import { SetupModule } from './setup/setup.module.js';

/** `npm run setup-check`: prints whether this configuration is ready for live calls, and exits with 1 if it is not. */
async function setupCheck(): Promise<number> {
  const shared = await sharedByRoles(readEnvironment(ServiceEnvironment));
  const module = ProcessModule.running(SetupModule, shared);
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  const { status, checks } = await app.get(Setup).check();
  await app.close();
  process.stdout.write(`${checks.map(textOf).join('\n')}\n`);
  return status === 'failed' ? 1 : 0;
}

function textOf({ name, project, status, message, advice }: CheckView): string {
  const subject = project === null ? name : `${name} (${project})`;
  const found = `${status.padEnd(8)} ${subject}: ${message}`;
  return advice === null ? found : `${found}\n         ${advice}`;
}

try {
  process.exitCode = await setupCheck();
} catch (error) {
  if (!isForOperators(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
