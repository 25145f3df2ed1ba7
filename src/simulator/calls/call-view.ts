import type { Fault } from '../faults/fault.js';
import type { FormMethod } from '../outgoing/outgoing-request.js';

/** The call states of SignalWire's Compatibility API. */
export const CALL_STATUSES = [
  'queued',
  'ringing',
  'in-progress',
  'completed',
  'canceled',
  'busy',
  'failed',
  'no-answer',
] as const;
export type CallStatus = (typeof CALL_STATUSES)[number];

/** As webhooks name it; the Call object says `outbound` for both outbound kinds. */
export const DIRECTIONS = ['inbound', 'outbound-api', 'outbound-dial'] as const;
export type Direction = (typeof DIRECTIONS)[number];

export type FetchRole = 'url' | 'fallbackUrl' | 'redirect' | 'action';

/** How a `<Dial>` came out: `DialCallStatus` of the "Dial" page of SignalWire's cXML docs. */
export const DIAL_STATUSES = ['completed', 'busy', 'no-answer', 'failed', 'canceled'] as const;
export type DialStatus = (typeof DIAL_STATUSES)[number];

/**
 * Why a call ended: its document had no verb left, or a `<Hangup>`, or could not be fetched, or led to ever another one;
 * Update a Call ended it; or one side hung up.
 */
export type EndReason =
  | 'out_of_verbs'
  | 'hangup_verb'
  | 'no_document'
  | 'endless_redirects'
  | 'update'
  | 'hung_up';

/** All times are ISO 8601 in UTC with milliseconds; durations are in ms. */
export interface StreamView {
  sid: string;
  name: string;
  status: 'in-progress' | 'stopped';
  startedAt: string;
  stoppedAt: string | null;
}

/** One POST to Update a Call, or to the call's Streams resource. */
export interface UpdateRecord {
  /** Counts this call's updates from 1; older records may have been dropped. */
  number: number;
  at: string;
  /** Null while the answer is held back, and for good where the connection was dropped. */
  answeredAt: string | null;
  path: string;
  /** All but `authorization` and cookies. */
  headers: Record<string, string>;
  params: Record<string, string>;
  authorized: boolean;
  /** The update took effect. */
  applied: boolean;
  /** The connection was closed with no answer. */
  dropped: boolean;
  status: number | null;
  /** SignalWire's code where an error was answered. */
  code: number | null;
  /** The fault this update met. */
  fault: Fault | null;
}

/** One fetch of a document, redirects included. */
export interface FetchRecord {
  number: number;
  role: FetchRole;
  url: string;
  method: FormMethod;
  startedAt: string;
  durationMs: number;
  /** Of the last reply; null where none came. */
  status: number | null;
  contentType: string | null;
  bytes: number;
  body: string;
  /** `code` is the one SignalWire's log would show; null where its list has none. */
  error: { code: number | null; message: string } | null;
}

/** One try of a stream status callback. */
export interface CallbackRecord {
  number: number;
  event: 'stream-started' | 'stream-stopped';
  streamSid: string;
  streamName: string;
  url: string;
  method: FormMethod;
  /** 1 to 3. */
  attempt: number;
  at: string;
  durationMs: number;
  status: number | null;
  error: string | null;
}

/** One verb that ran. */
export interface VerbRecord {
  number: number;
  at: string;
  name: string;
  attributes: Record<string, string>;
  text: string;
}

/** What the call is in the middle of: a verb that takes its time. */
export interface ActivityView {
  /** `Say`, `Play`, `Pause`, `Dial`, `Enqueue`, … */
  verb: string;
  /** What is said or played, whom it is connected to, which queue it is in. */
  text: string;
  since: string;
}

/** The other leg of one `<Dial>`. */
export interface DialRecord {
  number: number;
  sid: string;
  to: string;
  callerId: string | null;
  startedAt: string;
  endedAt: string | null;
  /** Null while the two are connected. */
  status: DialStatus | null;
  /** It did not hang up itself: an update took the call away from it, or the call ended. */
  dropped: boolean;
}

/** Everything the simulator knows of one call. A copy: it does not change. */
export interface CallView {
  sid: string;
  accountSid: string;
  status: CallStatus;
  from: string;
  to: string;
  direction: Direction;
  streams: StreamView[];
  /** What `<Say>` spoke, in order. */
  said: string[];
  /** What ran, in order. */
  verbs: VerbRecord[];
  /** Null before the first document, between two, and once the call is over. */
  activity: ActivityView | null;
  dials: DialRecord[];
  updates: UpdateRecord[];
  /** POSTs to its Streams resource. */
  streamPosts: UpdateRecord[];
  /** Authorized GETs of the call through the LaML API. */
  reads: number;
  fetches: FetchRecord[];
  callbacks: CallbackRecord[];
  warnings: string[];
  /** Faults not yet used up. */
  faults: Fault[];
  createdAt: string;
  endedAt: string | null;
  /** Null while it lasts, and for a call that was over when it was made. */
  endReason: EndReason | null;
}
