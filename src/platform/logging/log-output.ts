import { writeSync } from 'node:fs';

const FULL_PIPE_WAIT_MS = 10;
const FULL_PIPE_TRIES = 10;

/** Counts lines over all outputs of the process. */
let linesLost = 0;

/** How many lines of the log could not be written since the process started. */
export const logLinesLost = (): number => linesLost;

/**
 * Writes lines and outlives what they are written to: a full disk, or a pipe that nobody reads, costs lines of the log,
 * never the process. The first line that can be written again is one that says how many are missing.
 */
export class LogOutput {
  private missing = 0;
  private isBroken = false;

  constructor(
    private readonly writeSome: (bytes: Buffer) => number,
    private readonly now = () => new Date(),
  ) {}

  static toStdout(): LogOutput {
    return new LogOutput((bytes) => writeSync(process.stdout.fd, bytes));
  }

  write(line: string): void {
    if (this.missing === 0) {
      this.tryTo(line, 1);
    } else if (this.tryTo(this.report(), 0)) {
      this.missing = 0;
      this.tryTo(line, 1);
    } else {
      this.count(1);
    }
  }

  private tryTo(text: string, lines: number): boolean {
    try {
      this.writeAll(this.isBroken ? `\n${text}` : text);
      return true;
    } catch {
      this.count(lines);
      return false;
    }
  }

  private count(lines: number): void {
    this.missing += lines;
    linesLost += lines;
  }

  private report(): string {
    const time = this.now().toISOString();
    return `${JSON.stringify({ level: 'error', time, context: 'Log', msg: 'log lines were lost', lines: this.missing })}\n`;
  }

  /** @throws {Error} a part may have been written, so that the next line must begin anew */
  private writeAll(text: string): void {
    let rest = Buffer.from(text);
    for (let tries = 1; rest.length > 0; tries += 1) {
      try {
        rest = rest.subarray(this.writeSome(rest));
        this.isBroken = rest.length > 0;
      } catch (error) {
        if (
          (error as NodeJS.ErrnoException).code !== 'EAGAIN' ||
          this.missing > 0 ||
          tries >= FULL_PIPE_TRIES
        )
          throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_WAIT_MS);
      }
    }
  }
}
