import { Logger } from '@nestjs/common';
import type { Project } from '../projects/project.js';
import type { Passed } from '../gate/admission.js';
import type { SentAttempt } from './attempts.js';
import { nextNumber, withAttempt } from '../cancellation/record.js';
import type { Attempt } from '../cancellation/record.js';
import type { HeldJob } from './held-job.js';
import { withAcceptance, withSending, withUnconfirmed } from '../cancellation/record-updates.js';
import type { RunParts } from './run-parts.js';
import type { AttemptStrategy } from '../cancellation/strategy.js';

/** The attempts that one start of a cancellation's job makes: into its record, the metrics and the log. */
export class RunAttempts {
  private readonly logger = new Logger(RunAttempts.name);
  /** What the last one that was sent here came to so far. */
  last: Attempt | null = null;

  constructor(
    private readonly parts: RunParts,
    private readonly held: HeldJob,
  ) {}

  /** @param post given the attempt's number */
  async send(
    project: Project,
    pass: Passed,
    sendingBy: AttemptStrategy,
    post: (number: number) => Promise<SentAttempt>,
  ): Promise<SentAttempt> {
    const { admission, clock, keeper } = this.parts;
    this.last = null;
    // It may have been written along with the leave to send.
    if (this.held.record.sendingSince === null)
      await this.held.save(withSending(this.held.record, clock.now(), sendingBy));
    // All of the above may have taken long.
    if (this.held.isTooLate()) return this.held.giveUp('deadline');

    const sent = await post(nextNumber(this.held.record));
    this.last = sent.attempt;
    this.held.record = withAttempt(this.held.record, sent.attempt);
    if (await admission.learn(project, this.held.job.data.callSid, pass, sent)) void keeper.startWaiting();
    return sent;
  }

  /** Into the record alone: where its evidence comes at once, the job need not be told before its end. */
  accept({ attempt, saidStopped }: SentAttempt): void {
    const { number, durationMs } = attempt;
    const { cancellationId, callSid } = this.held.ids;
    this.logger.log('attempt accepted', { cancellationId, callSid, number, durationMs });
    this.held.record = withAcceptance(this.held.record, attempt, saidStopped);
  }

  /**
   * The accepted one, which an earlier run may have sent, counts for nothing.
   *
   * @param message why
   */
  unconfirmed(message: string): void {
    this.held.record = withUnconfirmed(this.held.record, message);
    if (this.last !== null) this.last = this.held.record.attempts.at(-1) ?? null;
  }

  /** The last one that was sent here has come to its end. */
  report(): void {
    if (this.last === null) return;
    const { cancellationId, callSid } = this.held.ids;
    const { number, strategy = 'update_call', durationMs, outcome } = this.last;
    const { httpStatus, providerCode, message: reason } = this.last;
    this.parts.metrics.attempts.inc({ outcome, strategy });
    this.logger.log('attempt ended', {
      cancellationId,
      callSid,
      number,
      strategy,
      durationMs,
      outcome,
      httpStatus,
      providerCode,
      reason,
    });
  }
}
