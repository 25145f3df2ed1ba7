import { ApiError } from '../platform/http/api-error.js';
import type { ApiConnection } from '../queue/api.connection.js';
import type { Waiting } from '../platform/redis/silence-watch.js';
import { QueueUnavailableError } from './errors.js';
import { isRefusal } from '../queue/refusal.js';

/** Throws once the request has been answered: a step that is taken afterwards would act on it all the same. */
export type InTime = () => void;

type Heard = Pick<ApiConnection, 'isReady' | 'silence'>;

/** The request has been answered already. */
class AnsweredError extends Error {
  override readonly name = 'AnsweredError';
}

/**
 * @param operation asks `inTime` before each step that must not follow the answer
 * @param lost the error for an operation that was sent and may yet take effect
 * @throws {QueueUnavailableError} where Redis cannot be reached, or refuses
 */
export async function answeredInTime<T>(
  connection: Heard,
  operation: (inTime: InTime) => Promise<T>,
  lost: (cause: Error | undefined) => Error = (cause) => new QueueUnavailableError(cause),
): Promise<T> {
  // BullMQ would wait for a connection that was never made, and then act on a request that was answered long ago.
  if (!connection.isReady) throw new QueueUnavailableError();
  const { silence } = connection;
  let isAnswered = false;
  let waiting: Waiting | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      waiting = silence.add(reject);
      operation(() => {
        if (isAnswered) throw new AnsweredError('the request has been answered');
      }).then(resolve, reject);
    });
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (isRefusal(error)) throw new QueueUnavailableError(error);
    throw lost(error instanceof Error ? error : undefined);
  } finally {
    isAnswered = true;
    if (waiting !== undefined) silence.remove(waiting);
  }
}
