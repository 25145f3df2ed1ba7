import type { Logger } from '@nestjs/common';

const QUIET_MS = 10_000;

/**
 * A log line that outsiders can trigger at will: written at most once in 10 s, with the number of repetitions since the
 * last one. The repetitions go to level debug.
 */
export class RareLine {
  private quietUntil = 0;
  private leftOut = 0;

  constructor(
    private readonly logger: Pick<Logger, 'log' | 'warn' | 'error' | 'debug'>,
    private readonly level: 'log' | 'warn' | 'error',
    private readonly message: string,
    private readonly now = () => Date.now(),
  ) {}

  write(fields: object): void {
    const at = this.now();
    if (at < this.quietUntil) {
      this.leftOut += 1;
      this.logger.debug(this.message, fields);
      return;
    }
    this.logger[this.level](this.message, { ...fields, leftOut: this.leftOut });
    this.quietUntil = at + QUIET_MS;
    this.leftOut = 0;
  }
}
