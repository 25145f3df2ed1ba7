import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import type { Cancellation } from '../api/cancellation.js';
import { CANCELLATIONS_QUEUE } from '../queue/cancellations.queue.js';
import { readEnvironment } from '../config/environment.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { createLogger } from '../platform/logging/logger.js';
import { startService } from '../service.js';
import { startSimulator } from '../simulator/simulator.js';
import { report } from './demo-report.js';
import { freePort } from './free-port.js';
import { JobEnds } from './job-ends.js';
import { localVariables } from './local-variables.js';
import { ProgramError, runProgram } from './program.js';
import type { Program } from './program.js';
import { removeQueueKeys } from './queue-keys.js';
import { provideRedis } from './redis/provide-redis.js';

const STREAM = 'stream';
/** The call's state at the end of the demo shows that the pause holds it. */
const THEN = [{ say: 'Stopping stream' }, { pause: 60 }];

await runProgram(demo);

async function demo(program: Program): Promise<void> {
  const { api, jobEnds, simulator } = await startParts(program);
  const call = simulator.createCall({ streams: [{ name: STREAM }] });
  program.write(report.call(call));

  const ended = jobEnds.next(program.signal);
  const body = JSON.stringify({ callSid: call.sid, streamName: STREAM, then: THEN });
  const [answer] = await Promise.all([api.post(body), ended]);
  const { id } = (await answer.json()) as Cancellation;
  const cancellation = await api.get(id);
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
  const redis = await program.start(
    () => provideRedis({ log: (line) => program.write(styleText('dim', line)) }),
    (provided) => provided.close(),
  );
  program.write(report.redis(redis));
  const queuePrefix = `{streamstop-demo-${randomUUID()}}`;
  await program.start(
    async () => undefined,
    () => removeQueueKeys(redis.url, queuePrefix),
  );
  const simulator = await program.start(
    () => startSimulator({ log: false }),
    (started) => started.close(),
  );
  const apiKey = randomUUID();
  const setup = { port: 0, publicPort: await freePort(), redisUrl: redis.url, queuePrefix, simulator };
  const environment = readEnvironment(ServiceEnvironment, {
    ...localVariables(setup),
    API_KEYS: `demo:${apiKey}`,
    // What goes wrong, the cancellation itself says.
    LOG_LEVEL: 'fatal',
  });
  const service = await program.start(
    () => startService(environment, createLogger(environment.LOG_LEVEL)),
    (started) => started.stop(),
  );
  const jobEnds = await program.start(
    async () => new JobEnds(redis.url, CANCELLATIONS_QUEUE, queuePrefix),
    (started) => started.close(),
  );
  const { api = '', documents = '' } = service.urls;
  program.write(report.parts({ simulator: simulator.url, api, documents }));
  return { api: client(api, apiKey, program.signal), jobEnds, simulator };
}

/** An internal service, as it would use the API. */
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
    get: async (id: string): Promise<Cancellation> => {
      const answer = await fetch(`${url}/cancellations/${id}`, { headers, signal });
      return (await answer.json()) as Cancellation;
    },
  };
}
