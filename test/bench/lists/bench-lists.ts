import { loadavg } from 'node:os';
import { request } from 'undici';
import type { Program } from '../../../src/demo/program.js';
import { thisMachine } from '../../drills/report.js';
import { writeSection } from '../../support/marked-section.js';
import { redisVersion } from '../bench-redis.js';
import { Cores } from '../cores.js';
import { conditionsText } from '../results/page.js';
import { percentile } from '../results/statistics.js';
import { serviceVariables } from '../service-variables.js';
import { Stage } from '../stage.js';
import type { RunningService } from '../stage.js';
import { fillLists } from './fill.js';
import { LISTS_MARK, listsSection } from './page.js';
import type { Answered, ListsResult, Times } from './page.js';
import { questionsAbout } from './questions.js';

const SMALL = 10_000;
const LARGE = 1_000_000;
const QUICK_LARGE = 200_000;

const WARM_UP = 20;
const ASKED = 300;
const QUICK_ASKED = 30;

interface Side {
  readonly count: number;
  readonly service: RunningService;
  readonly bytesEach: number;
  readonly filledAt: number;
}

/**
 * Measures pages of a list of a million cancellations beside pages of one of 10,000, and writes its section of the page
 * unless `quick`.
 */
export async function benchLists(program: Program, page: string, quick: boolean): Promise<void> {
  const [load = 0] = loadavg();
  const cores = await Cores.find();
  const machine = await thisMachine(await redisVersion(program));
  await cores?.move(process.pid, 'load');
  const stage = await Stage.open(program, { cores, quick, rounds: 1 });
  const small = await filled(stage, 'second', SMALL);
  const large = await filled(stage, 'ours', stage.choose(LARGE, QUICK_LARGE));
  const result: ListsResult = {
    small: small.count,
    large: large.count,
    bytesEach: large.bytesEach,
    answered: await answersOf(stage, small, large),
  };
  const on = new Date().toISOString().slice(0, 10);
  const section = listsSection(result, conditionsText({ on, machine, load, places: cores?.places ?? null }));
  program.write(section);
  if (!quick) await writeSection(page, LISTS_MARK, section);
}

async function filled(stage: Stage, database: 'ours' | 'second', count: number): Promise<Side> {
  stage.program.write(`  lists: adding ${count.toLocaleString('en')}`);
  const redis = await stage.connect(database);
  const nowhere = { url: 'http://127.0.0.1:9', projectId: 'bench', apiToken: 'bench' };
  const addresses = { port: 0, publicPort: 1, redisUrl: 'redis://127.0.0.1' };
  const variables = serviceVariables({ ...addresses, signalWire: nowhere });
  const filledAt = Date.now();
  const bytesEach = await fillLists(redis, variables, count, filledAt);
  const service = await stage.service({ roles: 'api', secondDatabase: database === 'second' });
  return { count, service, bytesEach, filledAt };
}

async function answersOf(stage: Stage, small: Side, large: Side): Promise<Answered[]> {
  const [ofSmall, ofLarge] = [small, large].map(({ count, filledAt }) => questionsAbout(count, filledAt));
  const answered: Answered[] = [];
  for (const [number, { what, query }] of (ofLarge ?? []).entries()) {
    const times = {
      small: await timesOf(stage, small, ofSmall?.[number]?.query ?? ''),
      large: await timesOf(stage, large, query),
    };
    stage.program.write(`  ${what}: p99 ${times.small.p99.toFixed(1)} and ${times.large.p99.toFixed(1)} ms`);
    answered.push({ what, ...times });
  }
  return answered;
}

/** One request after the other. */
async function timesOf(stage: Stage, { service }: Side, query: string): Promise<Times> {
  const times: number[] = [];
  let items = 0;
  for (let number = -WARM_UP; number < stage.choose(ASKED, QUICK_ASKED); number += 1) {
    const start = performance.now();
    const answer = await request(`${service.url}/cancellations?${query}`, {
      headers: { authorization: stage.authorization },
      signal: stage.program.signal,
    });
    const body = (await answer.body.json()) as { readonly items?: readonly unknown[] };
    if (body.items === undefined) throw new Error(`${query}: ${JSON.stringify(body)}`);
    if (number >= 0) times.push(performance.now() - start);
    items = body.items.length;
  }
  return { items, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}
