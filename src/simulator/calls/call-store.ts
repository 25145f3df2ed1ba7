import { LIMITS } from '../limits.js';
import type { Call } from './call.js';
import { CallConflictError, TooManyCallsError } from './call.errors.js';

/** Stores the calls. A full store drops the call that finished first. */
export class CallStore {
  private readonly calls = new Map<string, Call>();
  /** In the order they finished, so that finding the oldest is cheap. */
  private readonly finished = new Set<Call>();

  constructor(private readonly capacity: number = LIMITS.calls) {}

  /**
   * @throws {CallConflictError} a call with this sid exists
   * @throws {TooManyCallsError} the store is full of unfinished calls
   */
  add(call: Call): void {
    if (this.calls.has(call.sid)) throw new CallConflictError(`Call ${call.sid} already exists`);
    if (this.calls.size >= this.capacity) this.dropOldestFinished();
    this.calls.set(call.sid, call);
    if (call.finished) this.finished.add(call);
  }

  find(sid: string): Call | undefined {
    return this.calls.get(sid);
  }

  markFinished(call: Call): void {
    if (this.calls.get(call.sid) === call) this.finished.add(call);
  }

  all(): Call[] {
    return [...this.calls.values()];
  }

  clear(): void {
    this.calls.clear();
    this.finished.clear();
  }

  private dropOldestFinished(): void {
    const [oldest] = this.finished;
    if (oldest === undefined)
      throw new TooManyCallsError(`The simulator already has ${this.capacity} unfinished calls`);
    this.finished.delete(oldest);
    this.calls.delete(oldest.sid);
  }
}
