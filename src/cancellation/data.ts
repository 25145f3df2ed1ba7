import type { Verb } from '../cxml/verbs.js';
import type { Strategy } from './vocabulary.js';

/** Streams of a call that signed status callbacks have reported, and whose end they have not. */
export interface OtherStreams {
  /** The first of them, cut short. */
  readonly names: readonly string[];
  readonly count: number;
}

/** What was accepted; it never changes. Times are epoch milliseconds. Empty optional fields are omitted. */
export interface CancellationData {
  readonly project: string;
  readonly callSid: string;
  /** Null if the request named the stream by its SID only. */
  readonly streamName: string | null;
  /** From the request, or from a status callback that came before it. */
  readonly streamSid?: string | null;
  /** `auto` unless the request says otherwise. */
  readonly strategy?: Strategy;
  /** What streams the call had when the request came, if none of them had its name. */
  readonly otherStreams?: OtherStreams;
  /** The request named no stream; it was for all known streams of the call. */
  readonly isOneOfAll?: boolean;
  /** What the call does after the stop; the project's default unless the request says it. */
  readonly then: readonly Verb[];
  readonly isThenRequested?: boolean;
  /** The template that the request named instead of `then`. */
  readonly template?: string | null;
  /** The document elsewhere that the request named. `then` is its fallback. */
  readonly documentUrl?: string | null;
  /** Where its end is reported. */
  readonly callbackUrl?: string;
  /** The name of the API key of the request. */
  readonly requestedBy?: string;
  /** `X-Request-Id` of the request. */
  readonly requestId?: string;
  /** `traceparent` of the request, as version 00 of W3C Trace Context writes it. */
  readonly traceparent?: string;
  /** Where it stands in the list of cancellations. */
  readonly place?: number;
  /** The cancellation that this one repeats. */
  readonly retryOf?: string;
  readonly createdAt: number;
  readonly deadline: number;
}
