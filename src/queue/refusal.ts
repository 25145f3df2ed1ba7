import { ReplyError } from 'ioredis';

/** Redis says one of these before it does anything; it may also be out of memory, read-only or without its replicas. */
const REFUSALS = [
  'OOM',
  'READONLY',
  'LOADING',
  'MISCONF',
  'NOREPLICAS',
  'CLUSTERDOWN',
  'MASTERDOWN',
  'BUSY',
  'NOAUTH',
  'NOPERM',
].join('|');

/**
 * Before Redis 7, what a script was refused stands at the end of an error of the script:
 * `ERR Error running script (call to f_…): @user_script:7: @user_script: 7: -OOM command not allowed …`.
 */
const REFUSAL = new RegExp(`^(?:ERR Error running script .*: -)?(?:${REFUSALS}) `, 's');

/** Whether Redis answered that it does not do what it was asked, so that nothing has changed. */
export const isRefusal = (error: unknown): error is Error =>
  error instanceof ReplyError && REFUSAL.test((error as Error).message);

/** Whether a command was never handed to Redis, since its connection had been lost a moment before: ioredis gives it no class. */
export const wasNotSent = (error: unknown): error is Error =>
  error instanceof Error && error.message.startsWith("Stream isn't writeable");
