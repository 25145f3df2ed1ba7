import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { styleText } from 'node:util';
import { readEnvironment } from '../config/environment.js';
import { IsPort } from '../config/environment.rules.js';
import { createLogger } from '../platform/logging/logger.js';
import { startSimulator } from '../simulator/simulator.js';
import { checkPort } from './check-port.js';
import { localVariables } from './local-variables.js';
import { ProgramError, runProgram } from './program.js';
import type { Program } from './program.js';
import { provideRedis } from './redis/provide-redis.js';
import { hidePassword } from './redis/redis-url.js';
import { untilReady } from './until-ready.js';
import { stopWatching, watchService } from './watched-service.js';

/** Not the default, so that this worker takes no jobs of another service on the same Redis. */
const QUEUE_PREFIX = '{streamstop-dev}';

class DevEnvironment {
  @IsPort()
  readonly PORT: number = 3000;

  @IsPort()
  readonly PUBLIC_PORT: number = 3001;

  @IsPort()
  readonly SIMULATOR_PORT: number = 4010;
}

await runProgram(dev, { runsUntilInterrupted: true });

/** Redis and the simulator stay up while the service is recompiled and restarted, so calls and jobs survive. */
async function dev(program: Program): Promise<void> {
  const { PORT, PUBLIC_PORT, SIMULATOR_PORT } = readEnvironment(DevEnvironment);
  // Nest's watch mode would wait for a change of the sources after the service had failed.
  await checkPort('PORT', PORT);
  await checkPort('PUBLIC_PORT', PUBLIC_PORT);
  await checkPort('SIMULATOR_PORT', SIMULATOR_PORT);
  program.write('Starting Redis; the first time, it may have to be downloaded');
  const redis = await program.start(provideRedis, (provided) => provided.close());
  const api = `http://127.0.0.1:${PORT}`;
  const simulator = await program.start(
    () =>
      startSimulator({
        port: SIMULATOR_PORT,
        serviceUrl: api,
        log: createLogger('info'),
        signingKey: `PSK${randomBytes(16).toString('hex')}`,
      }),
    (started) => started.close(),
  );
  const setup = {
    port: PORT,
    publicPort: PUBLIC_PORT,
    redisUrl: redis.url,
    queuePrefix: QUEUE_PREFIX,
    simulator,
  };
  const watcher = await program.start(
    // Without keys the API listens on loopback only, and the commands in the guide stay short.
    async () => watchService({ ...localVariables(setup), API_KEYS: '' }),
    stopWatching,
  );
  const ended = once(watcher, 'exit').then(() => {
    throw new ProgramError('Nest no longer watches the sources');
  });
  await Promise.race([untilReady(`${api}/health/ready`, program.signal), ended]);
  program.write(
    guide({ api, publicPort: PUBLIC_PORT, simulator: simulator.url, redis: hidePassword(redis.url) }),
  );
  await ended;
}

interface Addresses {
  readonly api: string;
  readonly publicPort: number;
  readonly simulator: string;
  readonly redis: string;
}

function guide({ api, publicPort, simulator, redis }: Addresses): string {
  const json = "-H 'content-type: application/json'";
  return `
${styleText('bold', 'streamstop is up; a change in src/ restarts the service, and Ctrl-C stops everything')}
  API        ${api}, with the operators' page at /, /docs, /dashboard, /queue and /metrics
  documents  http://127.0.0.1:${publicPort}, for signed requests from the simulator
  simulator  ${simulator}/?service=${api} shows its calls and requests (restart this program after changes to the simulator)
  Redis      ${redis}

Create a call with a running stream, stop the stream, and see what SignalWire saw, on that page or here:
  SID=call-$(date +%s)
  curl -s ${simulator}/simulator/calls ${json} -d '{"sid":"'$SID'","streams":[{"name":"stream"}]}'
  curl -s ${api}/cancellations ${json} -d '{"callSid":"'$SID'","streamName":"stream","then":[{"pause":60}]}'
  curl -s ${simulator}/simulator/calls/$SID
`;
}
