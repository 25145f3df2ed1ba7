import { setMaxListeners } from 'node:events';
import { ProgramError } from '../../../src/demo/program.js';
import type { Program } from '../../../src/demo/program.js';
import { ExpectationError } from '../drill.js';
import { allJobs, statesIn } from '../parts/queue-states.js';
import { openJobs } from '../settlement.js';
import { Stage } from '../stage.js';
import { Asking } from './asking.js';
import { bookOf } from './books.js';
import type { Books } from './books.js';
import { breakTarget, startCast, untilAllReady } from './breaking.js';
import type { Disturbance } from './breaking.js';
import { CONFIRMATION_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from './call-faults.js';
import { violationsIn } from './comparison.js';
import { scheduleText, summaryOf, violationText } from './random-report.js';
import { scheduleOf, SHORTEST_GAP_MS, TARGETS } from './schedule.js';
import type { Schedule } from './schedule.js';

const MINUTE_MS = 60_000;
/** The longest deadline, and what a run may take after it. */
const SETTLES_WITHIN_MS = 150_000;
/** Two starts on a busy machine, and the reading of the books. */
const REST_MS = 480_000;
const MOST_SHOWN = 5;

export interface RandomOptions {
  readonly seed: number;
  readonly minutes: number;
}

/**
 * Breaks everything at random times while requests come, then compares the books of both sides.
 *
 * @throws {ProgramError} they differ
 */
export async function runRandom(program: Program, { seed, minutes }: RandomOptions): Promise<void> {
  const schedule = scheduleOf(seed, minutes * MINUTE_MS);
  program.write(`Seed ${seed}, ${minutes} min\n${scheduleText(schedule)}`);
  const limit = AbortSignal.timeout(minutes * MINUTE_MS + SETTLES_WITHIN_MS + REST_MS);
  const part = program.part(limit);
  // Each request and each wait adds a listener; that is no leak.
  setMaxListeners(0, part.signal);
  const command = `npm run drills -- random --seed ${seed} --minutes ${minutes}`;
  try {
    const stage = await Stage.open(part, { persistent: true });
    const books = await play(stage, schedule);
    report(program, stage.violations, books, command);
  } catch (error) {
    if (!limit.aborted && !(error instanceof ExpectationError)) throw error;
    const reason = limit.aborted ? 'It did not end in time.' : (error as Error).message;
    throw new ProgramError(`\n${reason}\nRepeat with: ${command}`, { cause: error });
  } finally {
    await part.end();
  }
}

/** Carries the schedule out, repairs everything, and waits until nothing is unfinished. */
async function play(stage: Stage, { calls, requests, breakages }: Schedule): Promise<Books> {
  Object.assign(stage.variables, {
    REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
    CONFIRMATION_TIMEOUT_MS: String(CONFIRMATION_TIMEOUT_MS),
  });
  const cast = await startCast(stage);
  const start = performance.now();
  const at = (ms: number): Promise<void> => stage.wait(Math.max(0, start + ms - performance.now()));
  const asking = new Asking(stage, calls);
  const disturbances: Disturbance[] = [];
  const breaking = TARGETS.map(async (target) => {
    for (const breakage of breakages.filter((one) => one.target === target)) {
      await at(breakage.atMs);
      disturbances.push(await breakTarget(stage, cast, breakage));
      // A busy machine may be behind the schedule.
      await stage.wait(SHORTEST_GAP_MS);
    }
  });
  const asked = requests.map(async (request) => {
    await at(request.atMs);
    await asking.make(request);
  });
  await Promise.all([...breaking, ...asked]);

  await untilAllReady(stage, cast);
  for (const sid of stage.callSids) stage.simulator.setFaults(sid, []);
  await stage
    .until('nothing is unfinished', SETTLES_WITHIN_MS, async () => (await openJobs(stage)) === 0)
    .catch((error: Error) => stage.violations.push(error.message));
  return booksOf(stage, disturbances);
}

async function booksOf(stage: Stage, disturbances: readonly Disturbance[]): Promise<Books> {
  const { caller, redis, variables } = stage;
  const accepted = [...caller.accepted.keys()];
  const ids = new Set([...accepted, ...(await allJobs(redis.url))]);
  return {
    accepted,
    records: await caller.find([...ids]),
    states: await statesIn(redis.url),
    calls: stage.callViews().map((call) => bookOf(call, variables['LINK_SECRET'] ?? '')),
    disturbances,
  };
}

function report(program: Program, noted: readonly string[], books: Books, command: string): void {
  const violations = violationsIn(books);
  program.write(`\n${summaryOf(books)}`);
  for (const violation of violations.slice(0, MOST_SHOWN))
    program.write(`\n${violationText(violation, books)}`);
  const all = [
    ...noted,
    ...violations.map(({ what, id, callSid }) => `${what} [${id ?? '-'}, ${callSid ?? '-'}]`),
  ];
  if (all.length === 0) return program.write('The books agree.');
  throw new ProgramError(
    `\n${all.length} violations:\n${all.map((one) => `  ${one}`).join('\n')}\nRepeat with: ${command}`,
  );
}
