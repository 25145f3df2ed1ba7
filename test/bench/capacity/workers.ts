import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { stopChild } from '../child.js';
import { CountingStub, fill } from '../measure/backlog.js';
import { knownCpuMsOf } from '../measure/process-usage.js';
import { sum } from '../results/breakdown.js';
import type { RunningService, Stage } from '../stage.js';
import { takeTurns } from '../turns.js';
import { cancellationsQueue } from './cancellations-queue.js';
import { costsOfEach, costsSoFar } from './costs.js';
import type { Costs } from './costs.js';
import { counted } from './counted.js';
import { startRolesApart } from './roles-apart.js';

/** How many worker processes. */
type Workers = '1' | '2' | '4';

/** One cancellation in four is of the second project. */
const PROJECTS = ['default', 'default', 'default', 'second'];

export interface WorkersRound {
  readonly perSecond: number;
  readonly costs: Costs;
  /** Of all POSTs, by worker. */
  readonly postShares: readonly number[];
  /** Of all that ended, of the first project. */
  readonly firstProjectShare: number;
  /** Cores that the service, Redis and the stub kept busy, on average. */
  readonly ownCores: number;
  /** Cores that were busy with anything. */
  readonly busyCores: number;
}

export type WorkersRounds = Readonly<Record<Workers, readonly WorkersRound[]>>;

/** Works off a backlog of two projects with one, two and four workers in turns. */
export async function measureWorkers(stage: Stage): Promise<WorkersRounds> {
  const stub = await CountingStub.start(stage);
  const variables = { SIGNALWIRE_PROJECTS_FILE: await fileOfSecondProject(stage, stub.url) };
  const { api, documents, startWorker } = await startRolesApart(stage, stub.url, variables);
  const queue = await cancellationsQueue(stage);
  const [warmEach, measured, rest] = stage.choose([1000, 3000, 1000], [100, 400, 200]);

  const measure = async (count: number): Promise<WorkersRound> => {
    // All workers start on a queue that is held back, and begin together.
    await queue.pause();
    await fill(stage, api, 'workers', warmEach * count + measured + rest, PROJECTS);
    const workers = await Promise.all(Array.from({ length: count }, startWorker));
    const look = async () => ({
      costs: await costsSoFar(stage.redis, { api: [api], worker: workers, documents: [documents] }),
      stubMs: await knownCpuMsOf(stub.pid),
      idle: idleTime(),
      metrics: await Promise.all(workers.map(metricsOf)),
    });
    await queue.resume();
    const fromMs = await stub.fetches(warmEach * count);
    const from = await look();
    const toMs = await stub.fetches(measured);
    const to = await look();
    await stub.fetches(rest);
    await Promise.all(workers.map(({ child }) => stopChild(child)));
    await stage.empty('ours');

    const costs = costsOfEach(from.costs, to.costs, measured);
    const ownMs = to.stubMs - from.stubMs + (sum(Object.values(costs.cpuUs)) * measured) / 1000;
    return {
      perSecond: (measured * 1000) / (toMs - fromMs),
      costs,
      ...sharesOf(from.metrics, to.metrics),
      ownCores: ownMs / (toMs - fromMs),
      busyCores: availableParallelism() - (to.idle.ms - from.idle.ms) / (to.idle.at - from.idle.at),
    };
  };
  const turns = { 1: () => measure(1), 2: () => measure(2), 4: () => measure(4) };
  return takeTurns<Workers, WorkersRound>(stage, 'workers', turns);
}

/** @param from the metrics of each worker at the beginning. @param to at the end */
export function sharesOf(
  from: readonly string[],
  to: readonly string[],
): Pick<WorkersRound, 'postShares' | 'firstProjectShare'> {
  const growth = (counter: string, label?: string): number[] =>
    to.map(
      (metrics, worker) => counted(metrics, counter, label) - counted(from[worker] ?? '', counter, label),
    );
  const posts = growth('streamstop_attempts_total');
  const ofProject = (label?: string): number => sum(growth('streamstop_slo_cancellations_total', label));
  return {
    postShares: posts.map((count) => count / sum(posts)),
    firstProjectShare: ofProject('project="default"') / ofProject(),
  };
}

/** @returns the file's path; it ends with the stage */
async function fileOfSecondProject(stage: Stage, spaceUrl: string): Promise<string> {
  const folder = await stage.program.start(
    () => mkdtemp(join(tmpdir(), 'streamstop-projects-')),
    (path) => rm(path, { recursive: true, force: true }),
  );
  const path = join(folder, 'projects.json');
  const project = { name: 'second', spaceUrl, projectId: 'second', apiToken: 'second' };
  const limits = { maxRequestsPerSecond: 10_000 };
  await writeFile(path, JSON.stringify({ projects: [{ ...project, limits }] }));
  return path;
}

/** How long the cores have been idle so far, all together. */
const idleTime = () => ({ at: performance.now(), ms: sum(cpus().map(({ times }) => times.idle)) });

async function metricsOf({ healthUrl }: RunningService): Promise<string> {
  const { body } = await request(`${healthUrl}/metrics`);
  return body.text();
}
