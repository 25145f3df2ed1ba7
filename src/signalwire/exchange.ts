import pTimeout from 'p-timeout';
import { DecoratorHandler } from 'undici';
import type { Dispatcher } from 'undici';
import { DeadlinePassedError, TooLateError } from './transport-error.js';

/** One request and its answer, redirects included, within one time limit. */
export class Exchange {
  private readonly abort = new AbortController();
  private sent = false;
  /** The `Date` of the answer. */
  date: unknown = undefined;

  /**
   * @param mayStart asked at the moment of sending, which can be long after the request was made: it had to connect
   * first
   */
  constructor(
    readonly timeoutMs: number,
    private readonly mayStart: () => boolean = () => true,
  ) {}

  readonly signal = this.abort.signal;

  /** Whether there was a connection, so that the request may have reached SignalWire. */
  get isSent(): boolean {
    return this.sent;
  }

  /**
   * Awaits `answer`, and aborts the exchange when its time is over. undici heeds the signal only once it has a
   * connection, so that its own rejection would come too late; a request aborted before that is never sent.
   *
   * @throws {DeadlinePassedError}
   */
  async inTime<T>(answer: Promise<T>): Promise<T> {
    return pTimeout(answer, {
      milliseconds: this.timeoutMs,
      fallback: () => {
        const error = new DeadlinePassedError();
        this.abort.abort(error);
        throw error;
      },
    });
  }

  /** The pool, which tells this exchange when it has a connection and sends. */
  through(pool: Dispatcher): Dispatcher {
    return pool.compose((dispatch) => (options, inner) => {
      const handler: Dispatcher.DispatchHandler = new DecoratorHandler(inner);
      const start = handler.onRequestStart?.bind(handler);
      handler.onRequestStart = (controller, context) => {
        // undici writes nothing of a request that is aborted here.
        if (!this.mayStart()) return controller.abort(new TooLateError());
        this.sent = true;
        start?.(controller, context);
      };
      return dispatch(options, handler);
    });
  }
}
