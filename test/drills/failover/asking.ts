import { randomUUID } from 'node:crypto';
import { ExpectationError } from '../drill.js';
import type { Wish } from '../parts/caller.js';
import type { Stage } from '../stage.js';

const ASKS_EVERY_MS = 50;
const ASKS_AGAIN_AFTER_MS = 100;

/** Callers that each want one new cancellation, at a steady rate, and ask until it is accepted. */
export class Asking {
  /** How many requests got no answer at all. */
  unanswered = 0;
  private stopped = false;
  private readonly under = new Set<Promise<void>>();
  /** When each was first asked for, and accepted, by its id; epoch milliseconds. */
  private readonly times = new Map<string, { readonly asked: number; readonly accepted: number }>();
  private readonly rounds: Promise<void>;

  private constructor(private readonly stage: Stage) {
    this.rounds = this.run();
  }

  static start(stage: Stage): Asking {
    return new Asking(stage);
  }

  /**
   * When the first of those that were asked for after `since` was proven, which takes a worker and its subscription to
   * evidence. Both in epoch milliseconds.
   *
   * @throws {ExpectationError} none was within `limitMs`
   */
  async firstProven(since: number, limitMs: number): Promise<number> {
    let first = Number.POSITIVE_INFINITY;
    await this.stage.until('a new cancellation was proven', limitMs, async () => {
      const ids = [...this.times].filter(([, { asked }]) => asked >= since).map(([id]) => id);
      const found = await this.stage.caller.find(ids);
      for (const { evidence, finishedAt } of found.values())
        if (evidence === 'document_fetched' && finishedAt !== null)
          first = Math.min(first, Date.parse(finishedAt));
      return Number.isFinite(first);
    });
    return first;
  }

  /** The ids of those that were accepted before `moment`, in epoch milliseconds. */
  acceptedBefore(moment: number): string[] {
    return [...this.times].filter(([, { accepted }]) => accepted < moment).map(([id]) => id);
  }

  /** Resolves once everything that was asked for is accepted. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.rounds;
    await Promise.all(this.under);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const one = this.one().finally(() => this.under.delete(one));
      this.under.add(one);
      await this.stage.wait(ASKS_EVERY_MS).catch(() => (this.stopped = true));
    }
  }

  private async one(): Promise<void> {
    const wish: Wish = { callSid: this.stage.call() };
    const [key, asked] = [randomUUID(), Date.now()];
    try {
      this.times.set(await this.accepted(wish, key), { asked, accepted: Date.now() });
    } catch (error) {
      if (!(error instanceof ExpectationError)) this.stopped = true;
      this.stage.expect(this.stage.signal.aborted, String(error));
    }
  }

  /** @returns the id */
  private async accepted(wish: Wish, key: string): Promise<string> {
    for (;;) {
      const { status, body } = await this.stage.caller.ask(wish, key);
      if (status === 202) return String(body.id);
      if (status === 0) this.unanswered += 1;
      else if (status !== 503) throw new ExpectationError(`the API answered ${status} ${body.code ?? ''}`);
      await this.stage.wait(ASKS_AGAIN_AFTER_MS);
    }
  }
}
