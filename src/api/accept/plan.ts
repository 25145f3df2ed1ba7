import { v7 as uuidv7 } from 'uuid';
import { namedStreamKey } from '../../cancellation/keys.js';
import type { NewCancellation } from '../../cancellation/stored-cancellation.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import type { Reservation } from './idempotency.js';

/** What is to be done for one request. `queue` is empty if all of its ids are settled. */
export interface Plan {
  readonly ids: readonly string[];
  readonly queue: readonly NewCancellation[];
}

export const isPlan = (plan: Plan | ApiError): plan is Plan => !(plan instanceof ApiError);

/** @returns for each cancellation, the first one of the same stream */
export function firstPerStream(wanted: readonly NewCancellation[]): Map<NewCancellation, NewCancellation> {
  const byStream = new Map<string, NewCancellation>();
  return new Map(
    wanted.map((one) => {
      const stream = namedStreamKey(one.data);
      const first = byStream.get(stream) ?? one;
      byStream.set(stream, first);
      return [one, first];
    }),
  );
}

/** A request that is refused now may be allowed when it is repeated, so it gets an id as well. */
export const reservationOf = (plans: readonly (Plan | ApiError)[]): Reservation => ({
  ids: plans.map((plan) => (isPlan(plan) ? plan.ids : [uuidv7()])),
  streamNames: plans
    .filter(isPlan)
    .flatMap(({ queue }) => queue.flatMap(({ data }) => (data.isOneOfAll ? (data.streamName ?? []) : []))),
});
