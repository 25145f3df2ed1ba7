import type { Writable } from 'node:stream';

/**
 * Hands over the lines of one turn of the event loop together: a system call for each line would cost more than the line. What
 * has not been handed over when the process ends is then; a process that is killed loses it.
 */
export class LogOutput {
  private lines = '';

  /** @param stream asked for each time, since tests put others in its place */
  constructor(private readonly stream: () => Writable) {}

  write(line: string): void {
    if (this.lines === '') setImmediate(() => this.flush());
    this.lines += line;
    UNFLUSHED.add(this);
  }

  flush(): void {
    const { lines } = this;
    this.lines = '';
    UNFLUSHED.delete(this);
    if (lines !== '') this.stream().write(lines);
  }
}

const UNFLUSHED = new Set<LogOutput>();

process.on('exit', () => {
  for (const output of UNFLUSHED) output.flush();
});
