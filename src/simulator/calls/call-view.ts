import type { Fault } from '../faults/fault.js';
import type { FormMethod } from '../outgoing/outgoing-request.js';

/** The call statuses of SignalWire's Compatibility API. */
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

/** As in webhooks. The Call object says `outbound` for both outbound kinds. */
export const DIRECTIONS = ['inbound', 'outbound-api', 'outbound-dial'] as const;
export type Direction = (typeof DIRECTIONS)[number];

export type FetchRole = 'url' | 'fallbackUrl' | 'redirect' | 'action';

/** How a `<Dial>` ended: `DialCallStatus` on the "Dial" page of SignalWire's cXML docs. */
export const DIAL_STATUSES = ['completed', 'busy', 'no-answer', 'failed', 'canceled'] as const;
export type DialStatus = (typeof DIAL_STATUSES)[number];

/**
 * Why a call ended: its document ran out of verbs, reached a `<Hangup>`, could not be fetched, or redirected without
 * end; Update a Call ended it; or a party hung up.
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

/** One POST to Update a Call or to the call's Streams resource. */
export interface UpdateRecord {
  /** Counts from 1 per list. The oldest records may have been dropped. */
  number: number;
  at: string;
  /** Null until the response is sent. Stays null if the connection was dropped. */
  answeredAt: string | null;
  path: string;
  /** Without credentials and cookies. */
  headers: Record<string, string>;
  params: Record<string, string>;
  authorized: boolean;
  /** The update took effect. */
  applied: boolean;
  /** The connection was closed without a response. */
  dropped: boolean;
  status: number | null;
  /** SignalWire's error code, if the response was an error. */
  code: number | null;
  /** The fault applied to this request. */
  fault: Fault | null;
}

/** One fetch of a document, including its redirects. */
export interface FetchRecord {
  number: number;
  role: FetchRole;
  url: string;
  method: FormMethod;
  startedAt: string;
  durationMs: number;
  /** Of the last reply; null if none came. */
  status: number | null;
  contentType: string | null;
  bytes: number;
  body: string;
  /** `code` is the one that SignalWire's log would show; null if none is documented. */
  error: { code: number | null; message: string } | null;
}

/** One attempt to deliver a stream status callback. */
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

/** The verb that the call is currently in. */
export interface ActivityView {
  /** `Say`, `Play`, `Pause`, `Dial`, `Enqueue`, … */
  verb: string;
  /** The text spoken, the address played, the party dialled, or the name of the queue. */
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
  /** Null while connected. */
  status: DialStatus | null;
  /** The other leg did not hang up: an update or the end of the call dropped it. */
  dropped: boolean;
}

/** A snapshot of everything the simulator knows about one call. */
export interface CallView {
  sid: string;
  accountSid: string;
  status: CallStatus;
  from: string;
  to: string;
  direction: Direction;
  streams: StreamView[];
  /** The texts spoken by `<Say>`, in order. */
  said: string[];
  /** The verbs run, in order. */
  verbs: VerbRecord[];
  /** Null before the first document, between documents, and after the end of the call. */
  activity: ActivityView | null;
  dials: DialRecord[];
  updates: UpdateRecord[];
  /** POSTs to the call's Streams resource. */
  streamPosts: UpdateRecord[];
  /** The number of authorized GETs of the call through the LaML API. */
  reads: number;
  fetches: FetchRecord[];
  callbacks: CallbackRecord[];
  warnings: string[];
  /** The remaining faults. */
  faults: Fault[];
  createdAt: string;
  endedAt: string | null;
  /** Null while the call lasts, and for a call created as finished. */
  endReason: EndReason | null;
}
