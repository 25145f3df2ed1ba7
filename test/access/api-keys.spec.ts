import { writeFile } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiKeys } from '../../src/access/api-keys.js';
import { digestOf } from '../../src/access/key-entry.js';
import { scratchFile } from '../projects/fixtures/projects-file.js';
import { apiKeysOf } from './fixtures/api-keys.js';

const RELOADED = { audit: true, by: 'SIGHUP', result: 'done' };

describe('the keys of API_KEYS', () => {
  const KEYS = [
    { name: 'billing', key: 'k1:secret' },
    { name: 'fraud', key: 'k2:secret' },
    { name: 'support', key: 'ключ' },
  ];

  it.each(KEYS)('are found by the whole key, and may do everything: $name', ({ name, key }) => {
    expect(apiKeysOf(...KEYS).find(key)).toEqual({
      name,
      scopes: new Set(['cancel', 'read', 'operate']),
      projects: null,
    });
  });

  it.each([
    '',
    'k1',
    'k1:secre',
    'k1:secret ',
    'k1:secrets',
    'K1:SECRET',
    'billing',
    'billing:k1:secret',
    digestOf('k1:secret'),
    '\0',
  ])('are not found for "%s"', (presented) => {
    expect(apiKeysOf(...KEYS).find(presented)).toBeNull();
  });

  it('are not found if there are none', () => {
    expect(apiKeysOf().areRequired).toBe(false);
    expect(apiKeysOf().find('')).toBeNull();
    expect(apiKeysOf().find('k1:secret')).toBeNull();
  });

  it('are found only by the whole of them', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.string({ unit: 'binary' }),
        (key, presented) => {
          const keys = apiKeysOf({ name: 'one', key });
          expect(keys.find(presented)?.name).toBe(presented === key ? 'one' : undefined);
          expect(keys.find(key + presented)?.name).toBe(presented === '' ? 'one' : undefined);
        },
      ),
    );
  });
});

const BILLING = { name: 'billing', keyHash: digestOf('key of billing'), scopes: ['cancel'] };
const FRAUD = { name: 'fraud', keyHash: digestOf('key of fraud'), scopes: ['read'] };

/** Keys in a file that can be changed, beside `support` in `API_KEYS`. */
async function withFile(...entries: readonly object[]) {
  const path = await scratchFile({ keys: entries }, 'api-keys.json');
  const apiKeys = new ApiKeys(
    {
      API_KEYS: [{ name: 'support', key: 'key of support' }],
      API_KEYS_FILE: path,
      ROLES: ['api'],
    },
    { get: () => undefined },
  );
  return {
    apiKeys,
    write: (content: unknown) =>
      writeFile(path, typeof content === 'string' ? content : JSON.stringify(content)),
  };
}

describe('a reload of the keys', () => {
  const log = vi.spyOn(Logger.prototype, 'log').mockReturnValue();
  const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
  afterEach(() => {
    log.mockClear();
    error.mockClear();
  });

  it('takes the new ones, and logs the names of what has changed', async () => {
    const { apiKeys, write } = await withFile(BILLING, FRAUD);
    await write({
      keys: [
        { ...BILLING, keyHash: digestOf('new key') },
        { ...FRAUD, name: 'risk' },
      ],
    });
    apiKeys.reload();
    expect(apiKeys.find('key of billing')).toBeNull();
    expect(apiKeys.find('new key')?.name).toBe('billing');
    expect(apiKeys.find('key of fraud')?.name).toBe('risk');
    expect(apiKeys.find('key of support')?.name).toBe('support');
    expect(log.mock.calls).toEqual([
      ['API keys reloaded', { ...RELOADED, added: ['risk'], removed: ['fraud'], changed: ['billing'] }],
    ]);
  });

  it.each([
    ['scopes', { scopes: ['cancel', 'read'] }, ['billing']],
    ['no change', {}, []],
    ['another case of the hash', { keyHash: BILLING.keyHash.toUpperCase() }, []],
  ])('sees %s', async (_, changes, changed) => {
    const { apiKeys, write } = await withFile(BILLING);
    await write({ keys: [{ ...BILLING, ...changes }] });
    apiKeys.reload();
    expect(log.mock.calls).toEqual([['API keys reloaded', { ...RELOADED, added: [], removed: [], changed }]]);
  });

  it.each([
    ['is not JSON', '{"keys": ['],
    ['has a wrong entry', { keys: [{ ...BILLING, scopes: [] }] }],
    ['has no keys', { keys: [] }],
    ['repeats a name of API_KEYS', { keys: [{ ...BILLING, name: 'support' }] }],
  ])('from a file that %s changes nothing, and logs the faults', async (_, content) => {
    const { apiKeys, write } = await withFile(BILLING);
    await write(content);
    apiKeys.reload();
    expect(apiKeys.find('key of billing')?.name).toBe('billing');
    expect(log).not.toHaveBeenCalled();
    expect(error.mock.calls).toEqual([
      [
        'API keys not reloaded: API_KEYS_FILE is invalid',
        { ...RELOADED, result: 'invalid', faults: [expect.any(String)] },
      ],
    ]);
  });

  it('is nothing without a file', () => {
    apiKeysOf({ name: 'billing', key: 'secret' }).reload();
    expect([log.mock.calls, error.mock.calls]).toEqual([[], []]);
  });
});

describe('a process without the API', () => {
  it('does not read the file', () => {
    const environment = { API_KEYS: [], API_KEYS_FILE: '/none', ROLES: ['worker'] as const };
    expect(new ApiKeys(environment, { get: () => undefined }).areRequired).toBe(false);
  });
});

describe('the hash of an empty key', () => {
  it('does not let requests in that have no key', async () => {
    const { apiKeys } = await withFile({ ...BILLING, keyHash: digestOf('') });
    expect(apiKeys.find('')).toBeNull();
  });
});
