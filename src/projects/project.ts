import type { RequiredEvidence } from '../cancellation/required-evidence.js';
import type { Verb } from '../cxml/verbs.js';

/** What requests, metrics and logs may call a project. */
export const PROJECT_NAME = /^[\w.-]{1,64}$/;

/** A SignalWire project whose calls this service may update. */
export interface Project {
  /** What requests, metrics and logs call it. */
  readonly name: string;
  /** The origin of the space that it belongs to, such as `https://example.signalwire.com`. */
  readonly spaceUrl: string;
  readonly projectId: string;
  readonly apiToken: string;
  /** Verify what SignalWire sends; none where it is not verified, two while one is rotated. */
  readonly signingKeys: readonly string[];
  /** Where SignalWire fetches the stop document instead of here; `{streamName}` and `{callSid}` are filled in. */
  readonly documentUrl: string | null;
  readonly requiredEvidence: RequiredEvidence;
  readonly defaultThen: readonly Verb[];
  /** Requests to SignalWire, over all workers. */
  readonly maxRequestsPerSecond: number;
}
