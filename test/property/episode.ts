import * as fc from 'fast-check';
import { CALL_STATUSES } from '../../src/simulator/calls/call-view.js';
import type { CallStatus } from '../../src/simulator/calls/call-view.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import type { Handling } from './front.js';

export const STREAM = 'stream';
/** Another stream of the same call. */
export const OTHER = 'other';

/** How SignalWire, and what stands before it, answers one update. */
export interface Answer {
  readonly fault: Fault;
  readonly handling: Exclude<Handling, 'refused'>;
}

/** Something that happens to the call while the cancellation is under way. */
export interface Change {
  /** From the request, or from the arrival of the first update. */
  readonly since: 'request' | 'update';
  readonly afterMs: number;
  readonly what:
    | 'in-progress'
    | 'completed'
    | 'failed'
    | 'unsigned callback'
    | 'callback of the other stream';
}

/** One call, what is asked for it, and everything that SignalWire does. */
export interface Episode {
  readonly status: CallStatus;
  /** SignalWire answers 404 until the call exists; 0: it exists already. */
  readonly createdAfterMs: number;
  /** To the first updates, in order. The rest is accepted. */
  readonly answers: readonly Answer[];
  readonly reads: readonly Fault[];
  /** Whether the document can be fetched from `Url`, and from `FallbackUrl`; else only from the latter. */
  readonly isUrlReachable: boolean;
  readonly changes: readonly Change[];
  /** Whether its streams report to the service, signed. */
  readonly reports: boolean;
  /** What the call does after the stop. */
  readonly then: 'ends' | 'stays';
  /** The streams to stop; by their SIDs, they are stopped by the Streams resource. */
  readonly asked: readonly { readonly stream: typeof STREAM | typeof OTHER; readonly bySid: boolean }[];
  readonly deadlineMs: number;
}

/** Longer than `REQUEST_TIMEOUT_MS`. */
const SILENT_MS = 1500;

const delay = (max: number) => fc.record({ delayMs: fc.nat(max) });

const accepted = fc.record({ fetch: fc.oneof(fc.constantFrom('none', 'twice'), delay(1500)) });

const withCode = fc.constantFrom(
  { status: 400, code: 21220 },
  { status: 400, code: 10000 },
  { status: 400, code: 21402 },
  { status: 404, code: 20404 },
  { status: 422, code: 20422 },
  { status: 200, code: 20001 },
);

const PAGES = ['html', 'empty', 'garbage'] as const;

const withoutJson = fc.record({
  status: fc.constantFrom(200, 201, 400, 403, 404, 408, 409, 422, 425, 500),
  body: fc.constantFrom(...PAGES),
});

const failed = fc.record({ status: fc.constantFrom(408, 409, 500, 502, 503, 504) });

const cutOff = fc.record({ drop: fc.constantFrom('before', 'after') });

const silent = fc.record(
  { latencyMs: fc.constant(SILENT_MS), status: fc.constantFrom(200, 400, 503) },
  { requiredKeys: ['latencyMs'] },
);

const stops = fc.record({ stop: fc.oneof(fc.constant('none'), delay(800)) });

const fault = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 4, arbitrary: accepted },
  withCode,
  withoutJson,
  failed,
  cutOff,
  silent,
  stops,
) as fc.Arbitrary<Fault>;

const answer: fc.Arbitrary<Answer> = fc.record({
  fault,
  handling: fc.oneof(
    { weight: 4, arbitrary: fc.constant('as it is' as const) },
    fc.constantFrom('gzip' as const, 'without code' as const, 'masked' as const),
  ),
});

const read = fc
  .oneof(withoutJson, failed, cutOff, silent)
  .map((one) => ({ ...one, on: 'read' })) as fc.Arbitrary<Fault>;

const change: fc.Arbitrary<Change> = fc.record({
  since: fc.constantFrom('request', 'update'),
  afterMs: fc.nat(1500),
  what: fc.constantFrom(
    'in-progress',
    'completed',
    'failed',
    'unsigned callback',
    'callback of the other stream',
  ),
});

export const episode: fc.Arbitrary<Episode> = fc.record({
  status: fc.oneof(
    { weight: 5, arbitrary: fc.constant('in-progress' as const) },
    fc.constantFrom(...CALL_STATUSES),
  ),
  createdAfterMs: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.nat(1200)),
  answers: fc.array(answer, { maxLength: 3 }),
  reads: fc.array(read, { maxLength: 2 }),
  isUrlReachable: fc.boolean(),
  changes: fc.array(change, { maxLength: 2 }),
  reports: fc.boolean(),
  then: fc.constantFrom('stays', 'ends'),
  asked: fc.uniqueArray(
    fc.record({ stream: fc.constantFrom(STREAM, OTHER), bySid: fc.oneof(fc.constant(false), fc.boolean()) }),
    { minLength: 1, maxLength: 2, selector: ({ stream }) => stream },
  ),
  deadlineMs: fc.integer({ min: 1500, max: 4000 }),
});
