import { LIMITS } from '../limits.js';
import type { Call } from './call.js';
import { CallConflictError, TooManyCallsError } from './call.errors.js';

/** The calls kept, and which of them to forget first. */
export class CallStore {
  private readonly calls = new Map<string, Call>();
  /** In the order they finished; makes forgetting the oldest cheap with many calls. */
  private readonly finished = new Set<Call>();

  constructor(private readonly capacity: number = LIMITS.calls) {}

  /**
   * @throws {CallConflictError} there is a call with this sid
   * @throws {TooManyCallsError} the store is full of unfinished calls
   */
  add(call: Call): void {
    if (this.calls.has(call.sid)) throw new CallConflictError(`There is a call ${call.sid} already`);
    if (this.calls.size >= this.capacity) this.forgetOldestFinished();
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

  private forgetOldestFinished(): void {
    const [oldest] = this.finished;
    if (oldest === undefined) throw new TooManyCallsError(`${this.capacity} calls are under way`);
    this.finished.delete(oldest);
    this.calls.delete(oldest.sid);
  }
}
