import { EventEmitter } from 'node:events';
import { bounded } from '../limits.js';
import type { CallView } from './call-view.js';
import type { Call } from './call.js';
import { CallWaitError } from './call.errors.js';

const CLOSED = Symbol('closed');

/** Waits for a call to reach a state. Driven by events, without polling. */
export class CallWatch {
  private readonly events = new EventEmitter().setMaxListeners(0);

  changed(call: Call): void {
    this.events.emit(call.sid);
  }

  /**
   * Resolves as soon as `predicate` holds, possibly at once.
   *
   * @throws {CallWaitError} `timeoutMs` passed, or the simulator was closed
   */
  until(call: Call, predicate: (view: CallView) => boolean, timeoutMs: number): Promise<CallView> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        this.events.off(call.sid, check);
        this.events.off(CLOSED, onClosed);
        finish();
      };
      const fail = (reason: string): void => {
        const state = bounded(JSON.stringify(call.view()));
        settle(() => reject(new CallWaitError(`${reason}; the call is ${state}`)));
      };
      const check = (): void => {
        const view = call.view();
        try {
          if (predicate(view)) settle(() => resolve(view));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      const onClosed = (): void => fail('The simulator was closed');
      const timer = setTimeout(() => fail(`Timed out after ${timeoutMs} ms`), timeoutMs);
      this.events.on(call.sid, check);
      this.events.on(CLOSED, onClosed);
      check();
    });
  }

  close(): void {
    this.events.emit(CLOSED);
  }
}
