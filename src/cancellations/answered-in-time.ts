import { setImmediate, setTimeout } from 'node:timers/promises';
import { ApiError } from '../http/api-error.js';
import type { ApiConnection } from '../redis/api.connection.js';
import { QueueUnavailableError } from './cancellations.errors.js';
import { isRefusal } from './refusal.js';

/**
 * How long Redis may send nothing at all: a caller is told 503 well within the 250 ms that it is promised. A busy process
 * to which Redis goes on sending is slow, which is no reason to refuse its callers.
 */
const SILENCE_MS = 180;

/** However much Redis sends, an answer takes no longer. */
const TIMEOUT_MS = 2000;

/** Throws once the request has been answered: a step that is taken afterwards would act on it all the same. */
export type InTime = () => void;

type Heard = Pick<ApiConnection, 'isReady' | 'heardAt'>;

/** Redis has sent nothing for too long. */
class RedisSilentError extends Error {
  override readonly name = 'RedisSilentError';
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
  const answered = new AbortController();
  try {
    return await Promise.race([
      operation(() => answered.signal.throwIfAborted()),
      silenceOf(connection, answered.signal),
    ]);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (isRefusal(error)) throw new QueueUnavailableError(error);
    throw lost(error instanceof Error ? error : undefined);
  } finally {
    answered.abort();
  }
}

/** Rejects once `connection` has been silent for too long, or `signal` is aborted. */
async function silenceOf(connection: Heard, signal: AbortSignal): Promise<never> {
  const start = performance.now();
  for (let now = start; now - start < TIMEOUT_MS; now = performance.now()) {
    const silentFor = now - Math.max(start, connection.heardAt);
    if (silentFor >= SILENCE_MS) break;
    await setTimeout(SILENCE_MS - silentFor, undefined, { signal });
    // After a hold-up of the process its timers come first, and what Redis has sent meanwhile is read next.
    await setImmediate();
  }
  throw new RedisSilentError(`Redis sent nothing for ${SILENCE_MS} ms`);
}
