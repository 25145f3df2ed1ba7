import { ReplyError } from 'ioredis';

/** Redis answers with one of these before it does anything. */
const REFUSALS = [
  'OOM',
  'EXECABORT',
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
 * Before Redis 7, the refusal of a command in a script stands at the end of the script's error:
 * `ERR Error running script (call to f_…): @user_script:7: @user_script: 7: -OOM command not allowed …`.
 */
const REFUSAL = new RegExp(`^(?:ERR Error running script .*: -)?(?:${REFUSALS}) `, 's');

/** Whether Redis answered that it refuses the command, so that nothing has changed. */
export const isRefusal = (error: unknown): error is Error =>
  error instanceof ReplyError && REFUSAL.test((error as Error).message);

/** Whether Redis refused a command because it is full; not every command needs memory. */
export const isOutOfMemory = (error: unknown): boolean =>
  isRefusal(error) && /(?:^|-)OOM /.test(error.message);

/**
 * How ioredis says that it never sent a command, because it had just lost the connection, or that every node of the
 * cluster refused it. It gives these errors no class.
 */
const NOT_SENT = /^(?:Stream isn't writeable|Cluster isn't ready|Too many Cluster redirections)/;

export const wasNotSent = (error: unknown): error is Error =>
  error instanceof Error && NOT_SENT.test(error.message);

/** Whether it is certain that the command that failed has changed nothing. */
export const hadNoEffect = (error: unknown): error is Error => isRefusal(error) || wasNotSent(error);
