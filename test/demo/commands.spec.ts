import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCommand, runCommand } from '../../src/demo/redis/commands.js';
import { scratchFolder, writeCommand } from './fixtures/scratch.js';

describe('findCommand', () => {
  it('takes the first folder that has one of the commands', async () => {
    const folder = await scratchFolder();
    const [empty, first, second] = ['empty', 'first', 'second'].map((name) => join(folder, name));
    const valkey = await writeCommand(String(first), 'valkey-server', '');
    await writeCommand(String(second), 'redis-server', '');
    const searchPath = [empty, '', 'relative', first, second].join(delimiter);
    expect(await findCommand(['redis-server', 'valkey-server'], searchPath)).toBe(valkey);
  });

  it('passes over folders and files that cannot be run', async () => {
    const folder = await scratchFolder();
    await mkdir(join(folder, 'redis-server'));
    await writeFile(join(folder, 'valkey-server'), '');
    expect(await findCommand(['redis-server', 'valkey-server'], folder)).toBeUndefined();
  });

  it('finds nothing without a search path', async () => {
    expect(await findCommand(['sh'], undefined)).toBeUndefined();
  });
});

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

  it('fails with the command when that wrote nothing', async () => {
    await expect(runCommand(['sh', '-c', 'exit 3'])).rejects.toThrow('Command failed');
  });
});
