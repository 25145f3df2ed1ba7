import { Logger } from '@nestjs/common';

/** Records lines, each starting with its level. */
export class KeptLogger extends Logger {
  readonly lines: unknown[][] = [];

  override error(...line: unknown[]): void {
    this.lines.push(['error', ...line]);
  }

  override warn(...line: unknown[]): void {
    this.lines.push(['warn', ...line]);
  }

  override log(...line: unknown[]): void {
    this.lines.push(['log', ...line]);
  }
}
