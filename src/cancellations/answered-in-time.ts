import pTimeout from 'p-timeout';
import type { ApiConnection } from '../redis/api.connection.js';
import { QueueUnavailableError } from './cancellations.errors.js';

/** Redis answers within a few milliseconds; a caller is told 503 well within the 250 ms that it is promised. */
const QUEUE_TIMEOUT_MS = 200;

/**
 * @param lost the error for an operation that was sent and may yet take effect
 * @throws {QueueUnavailableError} where Redis cannot be reached
 */
export async function answeredInTime<T>(
  connection: ApiConnection,
  operation: () => Promise<T>,
  lost: (cause: Error | undefined) => Error = (cause) => new QueueUnavailableError(cause),
): Promise<T> {
  // BullMQ would wait for a connection that was never made, and then act on a request that was answered long ago.
  if (!connection.isReady) throw new QueueUnavailableError();
  try {
    return await pTimeout(operation(), { milliseconds: QUEUE_TIMEOUT_MS });
  } catch (cause) {
    throw lost(cause instanceof Error ? cause : undefined);
  }
}
