import { Redis, ReplyError } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hadNoEffect, isRefusal, wasNotSent } from '../../../src/queue/connections/refusal.js';
import { freePort } from '../../../src/demo/free-port.js';

const reply = (message: string): Error => new ReplyError(message) as Error;

describe('isRefusal', () => {
  it.each([
    "OOM command not allowed when used memory > 'maxmemory'.",
    "OOM command not allowed when used memory > 'maxmemory'. script: 1f1f, on @user_script:7.",
    "READONLY You can't write against a read only replica.",
    'EXECABORT Transaction discarded because of previous errors.',
    'LOADING Redis is loading the dataset in memory',
    'MISCONF Redis is configured to save RDB snapshots, but it is currently not able to persist on disk.',
    'NOREPLICAS Not enough good replicas to write.',
    'CLUSTERDOWN The cluster is down',
    'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
    "ERR Error running script (call to f_1f1f): @user_script:7: @user_script: 7: -OOM command not allowed when used memory > 'maxmemory'. ",
    "ERR Error running script (call to f_1f1f): @user_script:7: @user_script: 7: -READONLY You can't write against a read only replica. ",
  ])('recognises %s', (message) => {
    expect(isRefusal(reply(message))).toBe(true);
  });

  it.each([
    'ERR value is not an integer or out of range',
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    'ERR Error running script (call to f_1f1f): @user_script:7: user_script:7: attempt to index a nil value',
    'ERR the job is OOM today',
    'UNKILLABLE The busy script was not killed',
  ])('is false for %s', (message) => {
    expect(isRefusal(reply(message))).toBe(false);
  });

  it('does not take a lost connection for one, whatever its message', () => {
    expect(isRefusal(new Error('OOM command not allowed'))).toBe(false);
    expect(isRefusal(undefined)).toBe(false);
  });
});

describe('a command that was never handed to Redis', () => {
  it('is recognised by the message of ioredis', async () => {
    const redis = new Redis({ port: await freePort(), lazyConnect: true, enableOfflineQueue: false });
    redis.on('error', () => undefined);
    onTestFinished(() => redis.disconnect());
    const error: unknown = await redis.ping().catch((reason: unknown) => reason);
    expect(wasNotSent(error)).toBe(true);
    expect(hadNoEffect(error)).toBe(true);
  });

  it('is neither one that Redis refused nor one whose answer was lost', () => {
    expect(wasNotSent(reply('OOM command not allowed'))).toBe(false);
    expect(wasNotSent(new Error('Connection is closed.'))).toBe(false);
    expect(hadNoEffect(new Error('Connection is closed.'))).toBe(false);
  });
});
