import 'reflect-metadata';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cancellation } from '../api/cancellation.js';
import { readEnvironment } from '../config/environment.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { createLogger } from '../platform/logging/logger.js';
import { startService } from '../service.js';
import { startSimulator } from '../simulator/simulator.js';
import { report } from './demo-report.js';
import { freePort } from './free-port.js';
import { localVariables } from './local-variables.js';
import { ProgramError, runProgram } from './program.js';
import type { Program } from './program.js';
import { removeQueueKeys } from './queue-keys.js';
import { provideRedis } from './redis/provide-redis.js';

const STREAM = 'stream';
const ASK_AGAIN_MS = 20;
/** The pause keeps the call alive until the end of the demo. */
const THEN = [{ say: 'Stopping stream' }, { pause: 60 }];

await runProgram(demo);

async function demo(program: Program): Promise<void> {
  const { api, simulator } = await startParts(program);
  const call = simulator.createCall({ streams: [{ name: STREAM }] });
  program.write(report.call(call));

  const body = JSON.stringify({ callSid: call.sid, streamName: STREAM, then: THEN });
  const answer = await api.post(body);
  const { id } = (await answer.json()) as Cancellation;
  const cancellation = await api.finished(id);
  if (cancellation.status !== 'succeeded') {
    throw new ProgramError(`The cancellation ${cancellation.status}: ${cancellation.failure?.message}`);
  }
  const stopped = await simulator.until(call.sid, ({ verbs }) => verbs.some(({ name }) => name === 'Pause'));

  program.write(report.request(body, answer));
  program.write(report.update(stopped));
  program.write(report.document(stopped));
  program.write(report.timeline(cancellation, stopped));
  program.write(report.result(cancellation));
  program.write(report.end(stopped));
}

async function startParts(program: Program) {
  program.write(report.start());
  const redis = await program.start(provideRedis, (provided) => provided.close());
  program.write(report.redis(redis));
  const queuePrefix = `{streamstop-demo-${randomUUID()}}`;
  await program.start(
    async () => undefined,
    () => removeQueueKeys(redis.url, queuePrefix),
  );
  const simulator = await program.start(
    () => startSimulator({ log: false, signingKey: `PSK${randomBytes(16).toString('hex')}` }),
    (started) => started.close(),
  );
  const apiKey = randomUUID();
  const setup = { port: 0, publicPort: await freePort(), redisUrl: redis.url, queuePrefix, simulator };
  const environment = readEnvironment(ServiceEnvironment, {
    ...localVariables(setup),
    API_KEYS: `demo:${apiKey}`,
    // The demo shows what happens by itself.
    LOG_LEVEL: 'fatal',
  });
  const service = await program.start(
    () => startService(environment, createLogger(environment.LOG_LEVEL)),
    (started) => started.stop(),
  );
  const { api = '', documents = '' } = service.urls;
  program.write(report.parts({ simulator: simulator.url, api, documents }));
  return { api: client(api, apiKey, program.signal), simulator };
}

/** Uses the API as an internal service would. */
function client(url: string, key: string, signal: AbortSignal) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return {
    post: async (body: string): Promise<Response> => {
      const answer = await fetch(`${url}/cancellations`, { method: 'POST', headers, body, signal });
      if (answer.status !== 202) {
        throw new ProgramError(`The API answered ${answer.status}: ${await answer.text()}`);
      }
      return answer;
    },
    finished: async (id: string): Promise<Cancellation> => {
      for (;;) {
        const answer = await fetch(`${url}/cancellations/${id}`, { headers, signal });
        const cancellation = (await answer.json()) as Cancellation;
        if (cancellation.finishedAt !== null) return cancellation;
        await delay(ASK_AGAIN_MS, undefined, { signal });
      }
    },
  };
}
