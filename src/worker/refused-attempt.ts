import type { Project } from '../projects/project.js';
import { StreamNotFoundError } from '../signalwire/signalwire.errors.js';
import type { UpdateCallError } from '../signalwire/signalwire.errors.js';
import type { Passed } from '../gate/admission.js';
import type { CancellationRecord } from '../cancellation/record.js';
import type { HeldJob } from './held-job.js';
import { isProvenFor, withoutPlan } from '../cancellation/record-updates.js';
import type { RunParts } from './run-parts.js';
import { fallsBack, mayBeStopped } from '../cancellation/strategy.js';
import { underWay } from './under-way.js';
import { LONGEST_STOPPED_WAIT_MS, STOPPED_WAIT_MS, STOPS_PROJECT } from './waits.js';

/** An attempt that SignalWire did not accept. */
interface Refused {
  readonly project: Project;
  readonly pass: Passed;
  readonly refusal: UpdateCallError;
}

/**
 * What follows from it, where the evidence so far is not enough.
 *
 * @returns the record of a cancellation that has succeeded, or that the stream is to be stopped by its name
 * @throws as `CancellationRun.carry`
 */
export async function afterRefusal(
  parts: RunParts,
  held: HeldJob,
  { project, pass, refusal }: Refused,
): Promise<CancellationRecord | 'fall_back'> {
  const isStreamUnknown = refusal instanceof StreamNotFoundError;
  if (isStreamUnknown && fallsBack(held.job.data, held.record)) return 'fall_back';
  if (refusal.callStateDecides) {
    const end = await underWay(parts, held, project);
    if (typeof end === 'object') return end;
    if (isStreamUnknown && end === 'in-progress') {
      if (!mayBeStopped(held.record)) return held.giveUp('refused');
      await held.save({ ...held.record, streamGoneAt: held.record.streamGoneAt ?? parts.clock.now() });
      if (isProvenFor(project, held.record)) return withoutPlan(held.record);
    }
  }
  const stopsProject = STOPS_PROJECT.has(refusal.code);
  const isFailedProbe = pass.kind === 'probe' && refusal.retryable;
  if (stopsProject || isFailedProbe) {
    const admitted = await parts.admission.ask(project, held.job, false, null);
    // A turn that it would have to wait for says nothing of the project.
    if ('waitingFor' in admitted && admitted.waitingFor !== 'rate')
      return held.wait(admitted.waitingFor, admitted.delayMs, admitted.expectedInMs);
  }
  if (stopsProject) return held.waitForTry(stoppedWaitMs(refusal));
  return refusal.retryable || refusal.callStateDecides
    ? held.retry(refusal.retryAfterMs)
    : held.giveUp('refused');
}

/** Of a project that works all the same: for as long as SignalWire asked for, and no longer than a stopped project is left alone. */
const stoppedWaitMs = ({ retryAfterMs }: UpdateCallError): number =>
  Math.min(Math.max(retryAfterMs ?? 0, STOPPED_WAIT_MS), LONGEST_STOPPED_WAIT_MS);
