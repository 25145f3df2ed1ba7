import pTimeout, { TimeoutError } from 'p-timeout';
import { ApiError } from '../http/api-error.js';
import type { ApiConnection } from '../redis/api.connection.js';
import { QueueUnavailableError } from './cancellations.errors.js';
import { isRefusal } from './refusal.js';

/** Redis answers within a few milliseconds; a caller is told 503 well within the 250 ms that it is promised. */
const QUEUE_TIMEOUT_MS = 200;

/** Throws once the time is up: a step that is taken afterwards would act on a request that has been answered. */
export type InTime = () => void;

/**
 * @param operation asks `inTime` before each step that must not follow the answer
 * @param lost the error for an operation that was sent and may yet take effect
 * @throws {QueueUnavailableError} where Redis cannot be reached, or refuses
 */
export async function answeredInTime<T>(
  connection: Pick<ApiConnection, 'isReady'>,
  operation: (inTime: InTime) => Promise<T>,
  lost: (cause: Error | undefined) => Error = (cause) => new QueueUnavailableError(cause),
): Promise<T> {
  // BullMQ would wait for a connection that was never made, and then act on a request that was answered long ago.
  if (!connection.isReady) throw new QueueUnavailableError();
  // The clock is asked beside the timer: a process that was held up may read Redis' answer before its timers run.
  const end = performance.now() + QUEUE_TIMEOUT_MS;
  const inTime = (): void => {
    if (performance.now() >= end) throw new TimeoutError();
  };
  try {
    return await pTimeout(operation(inTime), { milliseconds: QUEUE_TIMEOUT_MS });
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (isRefusal(error)) throw new QueueUnavailableError(error);
    throw lost(error instanceof Error ? error : undefined);
  }
}
