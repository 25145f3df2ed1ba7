import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { ProgramError } from '../../../src/demo/program.js';
import type { Program } from '../../../src/demo/program.js';
import { PROMETHEUS, startPrometheus } from '../../deploy/monitoring/prometheus-process.js';
import { ExpectationError } from '../drill.js';
import { Stage } from '../stage.js';
import { startCast } from './cast.js';
import { nameOf, notified } from './notified.js';
import type { Firing } from './notified.js';
import { scaled, SCALE } from './scaled-rules.js';
import { ALERT_DRILLS } from './scenarios.js';
import type { AlertDrill } from './scenarios.js';

const LIMIT_MS = 300_000;
/** How long nothing may fire before the fault, and nothing else beside it. */
const HEALTHY_MS = 8000;
const BESIDE_MS = 10_000;
const QUIET_WITHIN_MS = 90_000;

/** The ticket about the budget that the fault has used up stays open for hours. */
const LASTS_LONGER = /^StreamstopDeadlineBudgetBurnsSlowly/;

type Prometheus = Awaited<ReturnType<typeof startPrometheus>>;

/**
 * Breaks a service that a real Prometheus watches by the provisioned rules, with their times a tenth as long: the right
 * alert fires, nobody is told of anything else, and all is quiet afterwards.
 *
 * @param words the scenarios whose names contain one of them; all without any
 * @throws {ProgramError} an alert did not fire, or another one did
 */
export async function runAlerts(program: Program, words: readonly string[]): Promise<void> {
  if (!existsSync(PROMETHEUS))
    throw new ProgramError(`There is no ${PROMETHEUS}: apt-get install prometheus`);
  const chosen = ALERT_DRILLS.filter(
    ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  const failed: string[] = [];
  for (const drill of chosen) {
    const violation = await performed(drill, program);
    if (violation !== null) failed.push(drill.name);
    program.write(`${drill.name}: ${violation ?? 'yes'}`);
  }
  if (failed.length > 0) throw new ProgramError(`\nFailed: ${failed.join(', ')}`);
}

/** @returns what went wrong; null if nothing did */
async function performed(drill: AlertDrill, program: Program): Promise<string | null> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  const part = program.part(limit);
  setMaxListeners(0, part.signal);
  try {
    const note = await struck(drill, await Stage.open(part, { persistent: true }));
    program.write(`  ${drill.fault}: ${note}`);
    return null;
  } catch (error) {
    program.signal.throwIfAborted();
    if (limit.aborted) return `not over within ${LIMIT_MS / 1000} s`;
    if (error instanceof ExpectationError) return error.message;
    throw error;
  } finally {
    await part.end();
  }
}

async function struck(drill: AlertDrill, stage: Stage): Promise<string> {
  const cast = await startCast(stage);
  const targets = [cast.api, cast.worker, cast.documents].map(({ url }) => new URL(url).host);
  const prometheus = await stage.own(
    () => startPrometheus({ targets, token: '', interval: '1s', lookback: '30s', change: scaled }),
    (started) => started.stop(),
  );
  await expectOnly([], prometheus, stage, HEALTHY_MS);

  const from = performance.now();
  await drill.strike(cast);
  const firedMs = await untilTold(drill.fires, drill.withinMs, prometheus, stage);
  await expectOnly(drill.fires, prometheus, stage, BESIDE_MS);
  await drill.heal(cast);
  const quietMs = await untilTold([], QUIET_WITHIN_MS, prometheus, stage);
  return (
    `${drill.fires.join(', ')} after ${seconds(firedMs)} s (times 1/${SCALE}), ` +
    `quiet ${seconds(quietMs)} s after the end, ${seconds(performance.now() - from)} s in all`
  );
}

const seconds = (ms: number): string => (ms / 1000).toFixed(0);

/** Who would be told of what, now. */
async function told(prometheus: Prometheus, isOver: boolean): Promise<string[]> {
  const found = await prometheus.query('ALERTS{alertstate="firing"}');
  const firing = found.map(({ metric }) => ({ project: '', ...metric }) as unknown as Firing);
  const names = notified(firing).map(nameOf);
  return [...new Set(names)].filter((name) => !isOver || !LASTS_LONGER.test(name)).toSorted();
}

/** @throws {ExpectationError} */
async function untilTold(
  expected: readonly string[],
  withinMs: number,
  prometheus: Prometheus,
  stage: Stage,
): Promise<number> {
  const isOver = expected.length === 0;
  let last: readonly string[] = [];
  try {
    return await stage.until(expected.join(', ') || 'quiet', withinMs, async () => {
      last = await told(prometheus, isOver);
      return last.join() === expected.join();
    });
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    throw new ExpectationError(`${error.message}; told: ${last.join(', ') || 'nothing'}`, { cause: error });
  }
}

/** @throws {ExpectationError} */
async function expectOnly(
  expected: readonly string[],
  prometheus: Prometheus,
  stage: Stage,
  forMs: number,
): Promise<void> {
  const start = performance.now();
  while (performance.now() - start < forMs) {
    const names = await told(prometheus, false);
    if (names.join() !== expected.join())
      throw new ExpectationError(
        `told: ${names.join(', ') || 'nothing'}; expected: ${expected.join(', ') || 'nothing'}`,
      );
    await stage.wait(500);
  }
}
