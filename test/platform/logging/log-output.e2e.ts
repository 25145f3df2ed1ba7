import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';

describe('the log of a process that ends at once', () => {
  it('has every line in it', async () => {
    const program = `
      import { LogOutput } from '${inject('built')}/platform/logging/log-output.js';
      const output = new LogOutput(() => process.stdout);
      for (let line = 1; line <= 1000; line += 1) output.write(line + '\\n');
      process.exit(0);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1000);
  });
});
