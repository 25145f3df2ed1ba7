import type { RequiredEvidence } from '../cancellation/vocabulary.js';
import type { Verb } from '../cxml/verbs.js';

/** The name of a project in requests, metrics and logs. */
export const PROJECT_NAME = /^[\w.-]{1,64}$/;

/** A SignalWire project whose calls this service may update. */
export interface Project {
  readonly name: string;
  /** The origin of its space, such as `https://example.signalwire.com`. */
  readonly spaceUrl: string;
  readonly projectId: string;
  readonly apiToken: string;
  /** Verify SignalWire's requests. None if they are not verified; two during a rotation. */
  readonly signingKeys: readonly string[];
  /** Where SignalWire fetches the stop document instead of ours; `{streamName}` and `{callSid}` are filled in. */
  readonly documentUrl: string | null;
  readonly requiredEvidence: RequiredEvidence;
  readonly defaultThen: readonly Verb[];
  /** Where the ends of its cancellations are reported, unless a request says otherwise. */
  readonly defaultCallbackUrl?: string;
  /** Requests to SignalWire, over all workers. */
  readonly maxRequestsPerSecond: number;
}
