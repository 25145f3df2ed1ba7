import type { Fault } from '../faults/fault.js';
import type { FormMethod } from '../outgoing/outgoing-request.js';
import type { CallStatus, Direction } from './call-view.js';

export interface CreateStream {
  readonly name: string;
  /** Default: a UUID. */
  readonly sid?: string;
  /** Receives the stream's `stream-stopped`. */
  readonly statusCallback?: string;
  /** Default POST. */
  readonly statusCallbackMethod?: FormMethod;
}

export interface CreateCall {
  /** Default: a UUID, like all SignalWire ids. */
  readonly sid?: string;
  /** Default `in-progress`. */
  readonly status?: CallStatus;
  readonly from?: string;
  readonly to?: string;
  /** Default `inbound`. */
  readonly direction?: Direction;
  /** Streams that are already running: they send no `stream-started`. */
  readonly streams?: readonly CreateStream[];
  readonly faults?: readonly Fault[];
  /** Duration of a `<Say>` in ms; default: the simulator's. */
  readonly sayMs?: number;
  /** Duration of a `<Play>` in ms; default: `sayMs`. */
  readonly playMs?: number;
}
