import type { Project } from '../projects/project.js';
import type { CallState } from '../signalwire/answer.js';
import type { SignalWireClient } from '../signalwire/signalwire.client.js';
import { CallNotFoundError, UpdateCallError } from '../signalwire/signalwire.errors.js';

/** As SignalWire tells it now; `unknown` where it does not. */
export async function callStateOf(
  signalwire: SignalWireClient,
  project: Project,
  callSid: string,
): Promise<CallState | 'not_found'> {
  try {
    return await signalwire.callState(project, callSid);
  } catch (error) {
    if (error instanceof CallNotFoundError) return 'not_found';
    if (error instanceof UpdateCallError) return 'unknown';
    throw error;
  }
}
