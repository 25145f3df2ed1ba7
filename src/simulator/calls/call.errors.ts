/** No call has this sid, or it was forgotten. */
export class UnknownCallError extends Error {
  override readonly name = 'UnknownCallError';

  constructor(readonly sid: string) {
    super(`There is no call ${sid}`);
  }
}

/** What is asked for does not go with what is there. */
export class CallConflictError extends Error {
  override readonly name = 'CallConflictError';
}

/** As many calls as a simulator keeps are under way. */
export class TooManyCallsError extends Error {
  override readonly name = 'TooManyCallsError';
}

/** A call did not become what was waited for. */
export class CallWaitError extends Error {
  override readonly name = 'CallWaitError';
}
