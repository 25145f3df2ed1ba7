import { ApiError } from '../../platform/http/problems/api-error.js';
import type { Waiting } from '../../platform/redis/silence-watch.js';
import type { ApiConnection } from './api.connection.js';
import { queueUnavailable } from '../queue.errors.js';
import { hadNoEffect } from './refusal.js';

/**
 * Runs an operation that asks Redis, and gives up once Redis has been silent for too long. The operation itself goes
 * on, so the caller must be told that it may still take effect.
 *
 * @param onLost the error if Redis was asked and has not answered
 * @throws {ApiError} `queue_unavailable`: Redis is out of reach or refused, and nothing has changed
 */
export async function answeredInTime<T>(
  connection: Pick<ApiConnection, 'isReady' | 'silence'>,
  operation: () => Promise<T>,
  onLost: (cause: Error | undefined) => ApiError = (cause) => queueUnavailable(cause),
): Promise<T> {
  // BullMQ would wait for a connection that was never made, and queue the job long after the caller has an answer.
  if (!connection.isReady) throw queueUnavailable();
  const { silence } = connection;
  let waiting: Waiting | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      waiting = silence.add(reject);
      operation().then(resolve, reject);
    });
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (hadNoEffect(error)) throw queueUnavailable(error);
    throw onLost(error instanceof Error ? error : undefined);
  } finally {
    if (waiting !== undefined) silence.remove(waiting);
  }
}
