import type { Verb } from '../cxml/verbs.js';
import type { Strategy } from './strategy.js';

/** What was accepted; never changed afterwards. Times are epoch milliseconds. What is optional is absent where it is empty. */
export interface CancellationData {
  readonly project: string;
  readonly callSid: string;
  /** Null where the request named a SID alone. */
  readonly streamName: string | null;
  /** Given by the request, or known when it came. */
  readonly streamSid?: string | null;
  /** As the request had it. */
  readonly strategy?: Strategy;
  /** `strategyFor` of `strategy.ts`. */
  readonly mayUseStreamResource?: boolean;
  /** The other cancellations of the same request. */
  readonly siblings?: readonly string[];
  /** The request named no stream: it was for all that were known. */
  readonly isOneOfAll?: boolean;
  readonly then: readonly Verb[];
  /** The request itself had the `then`, which no default takes the place of. */
  readonly isThenRequested?: boolean;
  /** The template that the request named instead of `then`. */
  readonly template?: string | null;
  /** The document that the request named, to which `then` is the fallback, as `DOCUMENT_URL` has it. */
  readonly documentUrl?: string | null;
  readonly createdAt: number;
  readonly deadline: number;
}
