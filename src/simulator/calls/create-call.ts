import type { Fault } from '../faults/fault.js';
import type { FormMethod } from '../outgoing/outgoing-request.js';
import type { CallStatus, Direction } from './call-view.js';

export interface CreateStream {
  readonly name: string;
  /** Default: a UUID. */
  readonly sid?: string;
  /** Where its `stream-stopped` goes. */
  readonly statusCallback?: string;
  /** Default POST. */
  readonly statusCallbackMethod?: FormMethod;
}

export interface CreateCall {
  /** Default: a UUID, as all of SignalWire's ids are. */
  readonly sid?: string;
  /** Default `in-progress`. */
  readonly status?: CallStatus;
  readonly from?: string;
  readonly to?: string;
  /** Default `inbound`. */
  readonly direction?: Direction;
  /** Streams that run already: no `stream-started` is sent for them. */
  readonly streams?: readonly CreateStream[];
  readonly faults?: readonly Fault[];
  /** How long saying one `<Say>` takes, in ms; default: the simulator's. */
  readonly sayMs?: number;
  /** How long playing one `<Play>` takes, in ms; default: as long as a `<Say>`. */
  readonly playMs?: number;
}
