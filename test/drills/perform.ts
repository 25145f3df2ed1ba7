import { setMaxListeners } from 'node:events';
import type { Program } from '../../src/demo/program.js';
import { ExpectationError, NotRunnableError } from './drill.js';
import type { Drill, Result, Struck } from './drill.js';
import { reconcile } from './reconciliation.js';
import { statesIn } from './parts/queue-states.js';
import { settle } from './settlement.js';
import { Stage } from './stage.js';

const LIMIT_MS = 90_000;
const SETTLES_WITHIN_MS = 30_000;

/** The service's defaults, which apply unless a drill sets these variables. */
const REQUEST_TIMEOUT_MS = 5000;
const CONFIRMATION_TIMEOUT_MS = 8000;

const NOTHING: Pick<Result, 'accepted' | 'lost' | 'doubled' | 'recoveryMs'> = {
  accepted: 0,
  lost: 0,
  doubled: 0,
  recoveryMs: null,
};

/** Runs one drill on a stage of its own, within its time limit. */
export async function perform(drill: Drill, program: Program): Promise<Result> {
  const start = performance.now();
  const limitMs = drill.limitMs ?? LIMIT_MS;
  const limit = AbortSignal.timeout(limitMs);
  const part = program.part(limit);
  // Each request and each wait adds a listener; that is no leak.
  setMaxListeners(0, part.signal);
  const { name, fault } = drill;
  const tookMs = (): number => performance.now() - start;
  try {
    return { name, fault, ...(await struck(drill, await Stage.open(part, drill))), tookMs: tookMs() };
  } catch (error) {
    program.signal.throwIfAborted();
    const rest = { name, fault, ...NOTHING, tookMs: tookMs() };
    if (error instanceof NotRunnableError) return { ...rest, violations: [], notRun: error.message };
    return { ...rest, violations: [limit.aborted ? `not over within ${limitMs / 1000} s` : String(error)] };
  } finally {
    await part.end();
  }
}

async function struck(drill: Drill, stage: Stage): Promise<Omit<Result, 'name' | 'fault' | 'tookMs'>> {
  const { recoveryMs, note } = await strike(drill, stage);
  const { caller, mayLose, interruptions } = stage;
  if (caller.accepted.size > 0) await settle(stage, drill.settlesWithinMs ?? SETTLES_WITHIN_MS);
  const accepted = [...caller.accepted.values()];
  const { lost, doubled, violations } = reconcile({
    accepted,
    found: await caller.find([...caller.accepted.keys()]),
    states: await statesIn(stage.redis.url),
    calls: stage.callViews(),
    limits: {
      requestTimeoutMs: Number(stage.variables['REQUEST_TIMEOUT_MS'] ?? REQUEST_TIMEOUT_MS),
      confirmationTimeoutMs: Number(stage.variables['CONFIRMATION_TIMEOUT_MS'] ?? CONFIRMATION_TIMEOUT_MS),
      interruptions,
    },
    mayLose,
  });
  return {
    accepted: accepted.length,
    lost,
    doubled,
    recoveryMs,
    ...(note !== undefined && { note }),
    violations: [...stage.violations, ...violations],
  };
}

/** Records the violation; the reconciliation follows in any case. */
async function strike(drill: Drill, stage: Stage): Promise<Struck> {
  try {
    return await drill.strike(stage);
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    stage.violations.push(error.message);
    return { recoveryMs: null };
  }
}
