import * as fc from 'fast-check';
import type { Fault } from '../../../src/simulator/faults/fault.js';
import { CALL_FAULT } from './call-faults.js';

/** What can break, beside single requests about a call. */
export const TARGETS = [
  'api',
  'worker 1',
  'worker 2',
  'documents 1',
  'documents 2',
  'redis',
  'signalwire',
] as const;
export type Target = (typeof TARGETS)[number];

/**
 * `kill`: SIGKILL, and a new start after `forMs`. `freeze`: SIGSTOP, and SIGCONT after `forMs`. `restart`: SIGTERM and
 * a new start. `refuse`: no connection to SignalWire for `forMs`. `silence`: its connections carry nothing more. `lose
 * answers`: requests on its connections arrive, but their answers do not.
 */
export type Breakage = 'kill' | 'freeze' | 'restart' | 'refuse' | 'silence' | 'lose answers';

export interface PlannedBreakage {
  readonly atMs: number;
  readonly target: Target;
  readonly what: Breakage;
  readonly forMs: number;
}

export interface PlannedCall {
  readonly sid: string;
  readonly streams: readonly string[];
  /** Whether its streams report their end with signed callbacks. */
  readonly hasCallbacks: boolean;
  readonly faults: readonly Fault[];
  /** From the first request about it until a party hangs up; null if nobody does. */
  readonly endsAfterMs: number | null;
}

export interface PlannedStop {
  readonly callSid: string;
  readonly streamName: string;
}

export type RequestKind = 'single' | 'names' | 'batch' | 'again';

export interface PlannedRequest {
  readonly atMs: number;
  readonly kind: RequestKind;
  readonly stops: readonly PlannedStop[];
  readonly deadlineMs: number;
  /** The `Idempotency-Key`; null for none. */
  readonly key: string | null;
  /** When the same request is made again, in ms from `atMs`. */
  readonly repeatsAfterMs: readonly number[];
}

export interface Schedule {
  readonly calls: readonly PlannedCall[];
  readonly requests: readonly PlannedRequest[];
  /** By time. */
  readonly breakages: readonly PlannedBreakage[];
}

const REQUEST_EVERY_MS = 700;
const LONGEST_BACK = 6;
/** How long a target works before it breaks again. */
export const SHORTEST_GAP_MS = 5000;
const LONGEST_GAP_MS = 25_000;
const STREAM_NAMES = ['stream', 'agent', 'Zoë & <co> "live"', '100% up'];

/** A worker's lock on a job lasts 12 s; longer freezes let another worker take the job over. */
const PAST_THE_LOCK_MS = { min: 13_000, max: 18_000 };

const ofProcess = (mostFrozenMs: number): fc.Arbitrary<Broken> =>
  fc.oneof(broken('kill', 500, 3000), broken('freeze', 500, mostFrozenMs), broken('restart', 0, 0));
const OF_WORKER = fc.oneof(
  broken('kill', 500, 5000),
  broken('freeze', PAST_THE_LOCK_MS.min, PAST_THE_LOCK_MS.max),
  broken('freeze', 500, 5000),
  broken('restart', 0, 0),
);
const BROKEN: Readonly<Record<Target, fc.Arbitrary<Broken>>> = {
  api: ofProcess(6000),
  'worker 1': OF_WORKER,
  'worker 2': OF_WORKER,
  'documents 1': ofProcess(8000),
  'documents 2': ofProcess(8000),
  redis: fc.oneof(broken('kill', 300, 5000), broken('freeze', 300, 8000)),
  signalwire: fc.oneof(broken('refuse', 300, 5000), broken('silence', 0, 0), broken('lose answers', 0, 0)),
};

interface Broken {
  readonly what: Breakage;
  readonly afterMs: number;
  readonly forMs: number;
}

function broken(what: Breakage, min: number, max: number): fc.Arbitrary<Broken> {
  return fc.record({
    what: fc.constant(what),
    afterMs: fc.integer({ min: SHORTEST_GAP_MS, max: LONGEST_GAP_MS }),
    forMs: fc.integer({ min, max }),
  });
}

const CALL = fc.record({
  streams: fc.shuffledSubarray(STREAM_NAMES, { minLength: 1 }),
  hasCallbacks: fc.boolean(),
  faults: fc.array(CALL_FAULT, { maxLength: 3 }),
  endsAfterMs: fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 12_000 }) },
  ),
});

const REQUEST = fc.record({
  kind: fc.constantFrom<RequestKind>('single', 'single', 'names', 'batch', 'again', 'again'),
  back: fc.integer({ min: 1, max: LONGEST_BACK }),
  pick: fc.nat(STREAM_NAMES.length - 1),
  jitterMs: fc.nat(REQUEST_EVERY_MS),
  deadlineMs: fc.constantFrom(1500, 4000, 8000, 20_000, 40_000),
  hasKey: fc.boolean(),
  repeatsAfterMs: fc.array(fc.nat(6000), { maxLength: 2 }),
});

type DrawnRequest = typeof REQUEST extends fc.Arbitrary<infer T> ? T : never;

/** The same seed and duration give the same schedule. */
export function scheduleOf(seed: number, durationMs: number): Schedule {
  const count = Math.floor(durationMs / REQUEST_EVERY_MS);
  const exactly = { minLength: count, maxLength: count, size: 'max' } as const;
  const most = Math.ceil(durationMs / SHORTEST_GAP_MS);
  const breakages = fc.record(
    Object.fromEntries(
      TARGETS.map((target) => [
        target,
        fc.array(BROKEN[target], { minLength: most, maxLength: most, size: 'max' }),
      ]),
    ),
  );
  const all = fc.record({ calls: fc.array(CALL, exactly), requests: fc.array(REQUEST, exactly), breakages });
  const [drawn] = fc.sample(all, { seed, numRuns: 1, unbiased: true });
  if (drawn === undefined) throw new Error('fast-check drew nothing');
  const calls = drawn.calls.map((call, number) => ({ ...call, sid: `call-${number}` }));
  return {
    calls,
    requests: drawn.requests.map((request, number) => planned(request, number, calls)),
    breakages: TARGETS.flatMap((target) =>
      inTurn(target, drawn.breakages[target] ?? [], durationMs),
    ).toSorted((one, other) => one.atMs - other.atMs),
  };
}

function planned(request: DrawnRequest, number: number, calls: readonly PlannedCall[]): PlannedRequest {
  const { kind, jitterMs, deadlineMs, hasKey, repeatsAfterMs } = request;
  return {
    kind,
    atMs: number * REQUEST_EVERY_MS + jitterMs,
    stops: stopsOf(request, number, calls),
    deadlineMs,
    key: hasKey ? `request-${number}` : null,
    repeatsAfterMs,
  };
}

/**
 * Each request has a call of its own, but `again` is about the call of an earlier one, and a batch is about that one
 * too.
 */
function stopsOf(
  { kind, back, pick }: DrawnRequest,
  number: number,
  calls: readonly PlannedCall[],
): PlannedStop[] {
  const stops = (place: number): PlannedStop[] => {
    const { sid: callSid, streams } = calls[Math.max(0, place)] as PlannedCall;
    return streams.map((streamName) => ({ callSid, streamName }));
  };
  const own = stops(number);
  const earlier = stops(number - back);
  if (kind === 'names') return own;
  if (kind === 'batch') return [...own, ...earlier, ...own.slice(0, 1)];
  const from = kind === 'again' ? earlier : own;
  return from.slice(pick % from.length).slice(0, 1);
}

/** One target breaks again only once it has worked for a while. */
function inTurn(target: Target, drawn: readonly Broken[], durationMs: number): PlannedBreakage[] {
  let free = 0;
  const all = drawn.map(({ what, afterMs, forMs }) => {
    const atMs = free + afterMs;
    free = atMs + forMs;
    return { atMs, target, what, forMs };
  });
  return all.filter(({ atMs, forMs }) => atMs + forMs <= durationMs);
}
