import { ReplyError } from 'ioredis';
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { COMMANDS, requireRights } from '../../../src/platform/redis/redis-rights.js';

const refusing = (message: string) => () => Promise.reject(new ReplyError(message));
const permitting = () => Promise.resolve(1);

/** A Redis that cannot be asked for single commands, as before version 7: the script then finds nothing. */
function oldRedis({
  eval: run = permitting,
  publish = permitting,
}: Partial<Record<'eval' | 'publish', () => Promise<unknown>>> = {}): Redis {
  const redis = {
    publish,
    exists: run,
    eval: (script: string) => (script.includes('acl_check_cmd') ? Promise.resolve([]) : run()),
  };
  return redis as unknown as Redis;
}

describe('a Redis before version 7', () => {
  it('is accepted without word of single commands, if it permits scripts, keys and channels', async () => {
    await expect(requireRights(oldRedis(), '{p}')).resolves.toBeUndefined();
  });

  it.each([
    ["NOPERM this user has no permissions to run the 'eval' command or its subcommand", '+eval'],
    ['NOPERM this user has no permissions to access one of the keys used as arguments', '~{p}:*'],
  ])('that refuses a script with %j lacks %s', async (message, right) => {
    const redis = oldRedis({ eval: refusing(message) });
    await expect(requireRights(redis, '{p}')).rejects.toThrow(`its user lacks ${right}. `);
  });

  it.each([
    ["NOPERM this user has no permissions to run the 'publish' command or its subcommand", '+publish'],
    ['NOPERM this user has no permissions to access one of the channels used as arguments', '&{p}:*'],
  ])('that refuses a message with %j lacks %s', async (message, right) => {
    const redis = oldRedis({ publish: refusing(message) });
    await expect(requireRights(redis, '{p}')).rejects.toThrow(`its user lacks ${right}. `);
  });

  it('has every command that is sent', () => {
    const addedInVersion7 =
      'expiretime pexpiretime lmpop zmpop blmpop bzmpop sintercard fcall function eval_ro evalsha_ro spublish ssubscribe';
    expect(COMMANDS.filter((command) => addedInVersion7.split(' ').includes(command))).toEqual([]);
  });
});
