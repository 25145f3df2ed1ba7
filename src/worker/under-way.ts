import type { Project } from '../projects/project.js';
import { callStateOf } from './call-state.js';
import type { CancellationRecord } from '../cancellation/record.js';
import type { HeldJob } from './held-job.js';
import { answerWaitMs, withCallNotFound, withoutPlan } from '../cancellation/record-updates.js';
import type { RunParts } from './run-parts.js';

/**
 * Asks for the call's state, and comes to an end of this run where the call is over, unknown or not answered yet.
 *
 * @returns the record of a cancellation that has succeeded, since the call is over; else what is known of the call
 * @throws as `CancellationRun.carry`
 */
export async function underWay(
  { clock, signalwire }: RunParts,
  held: HeldJob,
  project: Project,
): Promise<CancellationRecord | 'in-progress' | 'unknown'> {
  const state = await callStateOf(signalwire, project, held.job.data.callSid);
  if (state === 'ended') {
    await held.save({ ...held.record, callEnded: true });
    return withoutPlan(held.record);
  }
  if (state === 'not_found') {
    held.record = withCallNotFound(held.record);
    return held.giveUp('refused');
  }
  if (state !== 'waiting') return state;
  return held.wait('answer', answerWaitMs(held.record, clock.now()));
}
