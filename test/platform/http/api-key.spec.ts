import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiKeys, parseApiKeys } from '../../../src/platform/http/api-key.js';

describe('parseApiKeys', () => {
  it.each([
    ['billing:k1', [{ name: 'billing', key: 'k1' }]],
    [
      'billing:k1,fraud:k2',
      [
        { name: 'billing', key: 'k1' },
        { name: 'fraud', key: 'k2' },
      ],
    ],
    [
      ' billing:k1 ,\tfraud:k2\n',
      [
        { name: 'billing', key: 'k1' },
        { name: 'fraud', key: 'k2' },
      ],
    ],
    ['a:b:c::', [{ name: 'a', key: 'b:c::' }]],
    ['a::', [{ name: 'a', key: ':' }]],
    ['a.b-c_1:+/=%', [{ name: 'a.b-c_1', key: '+/=%' }]],
    [`${'n'.repeat(64)}:k`, [{ name: 'n'.repeat(64), key: 'k' }]],
    [
      'old:same,new:same',
      [
        { name: 'old', key: 'same' },
        { name: 'new', key: 'same' },
      ],
    ],
  ])('reads "%s"', (text, keys) => {
    expect(parseApiKeys(text)).toEqual(keys);
  });

  it.each([
    '',
    ' ',
    ',',
    'k1',
    ':k1',
    'billing:',
    'billing: ',
    'billing: k1',
    'billing :k1',
    'two words:k1',
    'billing:two words',
    'billing:k1,',
    ',billing:k1',
    'billing:k1,,fraud:k2',
    'billing:k1,billing:k2',
    'billing:k1,billing:k1',
    `${'n'.repeat(65)}:k`,
  ])('refuses "%s"', (text) => {
    expect(parseApiKeys(text)).toBeNull();
  });

  it('reads whatever pairs it is given', () => {
    const name = fc.stringMatching(/^[\w.-]{1,64}$/);
    const key = fc.stringMatching(/^[!-+\--~]{1,80}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ name, key }), { minLength: 1, selector: ({ name }) => name }),
        (keys) => {
          expect(parseApiKeys(keys.map(({ name, key }) => `${name}:${key}`).join(','))).toEqual(keys);
        },
      ),
    );
  });
});

describe('ApiKeys', () => {
  const KEYS = [
    { name: 'billing', key: 'k1:secret' },
    { name: 'fraud', key: 'k2:secret' },
    { name: 'support', key: 'ключ' },
  ];

  it.each(KEYS)('finds $name by its key', (apiKey) => {
    expect(new ApiKeys(KEYS).find(apiKey.key)).toEqual(apiKey);
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
    '\0',
  ])('finds none for "%s"', (presented) => {
    expect(new ApiKeys(KEYS).find(presented)).toBeNull();
  });

  it('finds none among none', () => {
    expect(new ApiKeys([]).find('')).toBeNull();
    expect(new ApiKeys([]).find('k1:secret')).toBeNull();
  });

  it('finds a key only by the whole of it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.string({ unit: 'binary' }),
        (key, presented) => {
          expect(new ApiKeys([{ name: 'one', key }]).find(presented)).toEqual(
            presented === key ? { name: 'one', key } : null,
          );
          expect(new ApiKeys([{ name: 'one', key }]).find(key + presented)?.name).toBe(
            presented === '' ? 'one' : undefined,
          );
        },
      ),
    );
  });
});
