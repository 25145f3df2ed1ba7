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

export type FetchRole = 'url' | 'fallbackUrl' | 'redirect';

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
}
