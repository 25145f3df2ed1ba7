import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { Redis } from 'ioredis';
import { readEnvironment } from '../config/environment.js';
import { startCeiling } from './bench/ceiling.js';
import { pageOf, resultOf, resultTable } from './bench/report.js';
import type { Contender, Sample } from './bench/sample.js';
import { startService } from './bench/service.js';
import { startSimulator } from './bench/simulator.js';
import type { BenchSimulator } from './bench/simulator.js';
import { runProgram } from './program.js';
import type { Program } from './program.js';
import { provideRedis, provideRedisServer } from './redis/provide-redis.js';
import { RedisEnvironment } from './redis/redis-environment.js';

const WARM_UP = 100;
const ROUNDS = 5;
const STOPS_A_ROUND = 100;

/** From the root of the repository, where npm runs its scripts. */
const PAGE = 'docs/benchmarks.md';

await runProgram(bench);

async function bench(program: Program): Promise<void> {
  const [load = 0] = loadavg();
  const redisUrl = await startRedis(program);
  const simulator = await startSimulator(program);
  const service = await startService(program, redisUrl, simulator);
  const ceiling = await startCeiling(program, redisUrl, simulator);

  program.write(`Warming up: ${WARM_UP} stops by each ...`);
  for (const contender of [service, ceiling]) await stops(contender, simulator, WARM_UP);
  const samples = { service: [] as Sample[], ceiling: [] as Sample[] };
  for (let round = 1; round <= ROUNDS; round += 1) {
    program.write(`Round ${round} of ${ROUNDS}: ${STOPS_A_ROUND} stops by each ...`);
    samples.service.push(...(await stops(service, simulator, STOPS_A_ROUND)));
    samples.ceiling.push(...(await stops(ceiling, simulator, STOPS_A_ROUND)));
  }

  const redisVersion = await versionOf(redisUrl);
  const result = resultOf({ redisVersion, load, warmUp: WARM_UP, rounds: ROUNDS, ...samples });
  await mkdir('docs', { recursive: true });
  await writeFile(PAGE, pageOf(result));
  program.write(`\n${resultTable(result)}\n\n${JSON.stringify(result)}\n\nWritten to ${PAGE}`);
}

/** Never that of REDIS_URL, which others may be using. */
async function startRedis(program: Program): Promise<string> {
  const log = (line: string): void => program.write(line);
  const { PATH, HOME, XDG_CACHE_HOME } = readEnvironment(RedisEnvironment);
  const environment = { PATH, HOME, XDG_CACHE_HOME };
  const redis = await program.start(
    async () =>
      (await provideRedisServer({ log, environment })) ??
      (await provideRedis({ log, environment, ways: ['docker'] })),
    (started) => started.close(),
  );
  return redis.url;
}

async function stops(contender: Contender, simulator: BenchSimulator, count: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let number = 0; number < count; number += 1) {
    const callSid = await simulator.createCall();
    samples.push(await contender.stop(callSid));
  }
  return samples;
}

async function versionOf(redisUrl: string): Promise<string> {
  const redis = new Redis(redisUrl);
  try {
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown';
  } finally {
    redis.disconnect();
  }
}
