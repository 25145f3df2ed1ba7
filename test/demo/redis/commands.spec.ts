import { describe, expect, it } from 'vitest';
import { runCommand } from '../../../src/demo/redis/commands.js';

describe('runCommand', () => {
  it('adds variables to the environment', async () => {
    await expect(
      runCommand(['sh', '-c', 'test "$GREETING $LC_ALL" = "hello C" && test -n "$PATH"'], {
        variables: { GREETING: 'hello' },
      }),
    ).resolves.toBeUndefined();
  });

  it('fails with what the command wrote to stderr', async () => {
    await expect(runCommand(['sh', '-c', 'echo broken >&2; exit 3'])).rejects.toThrow(/^broken$/);
  });

  it('fails with the command if it wrote nothing', async () => {
    await expect(runCommand(['sh', '-c', 'exit 3'])).rejects.toThrow('Command failed');
  });
});
