/** No call has this sid, or it was dropped. */
export class UnknownCallError extends Error {
  override readonly name = 'UnknownCallError';

  constructor(readonly sid: string) {
    super(`Call ${sid} does not exist`);
  }
}

/** The request conflicts with the current state, such as a sid in use or a finished call. */
export class CallConflictError extends Error {
  override readonly name = 'CallConflictError';
}

/** The simulator is full of unfinished calls. */
export class TooManyCallsError extends Error {
  override readonly name = 'TooManyCallsError';
}

/** A call did not reach the expected state. */
export class CallWaitError extends Error {
  override readonly name = 'CallWaitError';
}
