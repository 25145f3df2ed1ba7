import { Logger } from '@nestjs/common';
import { ApiError } from '../http/problems/api-error.js';

const logger = new Logger('Audit');

/** Fields of the line about a reload. Whoever may send signals to the process has asked for it. */
export const reloadAudit = (result: 'done' | 'invalid') => ({ audit: true, by: 'SIGHUP', result }) as const;

/** What somebody does, and to what. */
export interface Act {
  /** The message of the line. */
  readonly name: string;
  /** The name of the API key; null where none is required. */
  readonly by: string | null;
  readonly [about: string]: unknown;
}

/**
 * Does what somebody has asked for, and writes the one line about it that audits read, also if it is refused or fails:
 * `result` is `done`, or the code of the problem. After a 503, it may have happened all the same.
 *
 * @param outcomeOf more about what was done; a `result` replaces `done`
 */
export async function audited<T>(
  { name, ...about }: Act,
  act: () => Promise<T>,
  outcomeOf: (done: T) => object = () => ({}),
): Promise<T> {
  try {
    const done = await act();
    logger.log(name, { audit: true, ...about, result: 'done', ...outcomeOf(done) });
    return done;
  } catch (error) {
    const result = error instanceof ApiError ? error.code : 'internal_error';
    logger.warn(name, { audit: true, ...about, result });
    throw error;
  }
}
