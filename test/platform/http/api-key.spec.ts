import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiKeys, parseApiKeys } from '../../../src/platform/http/api-key.js';

const KEY = 'k'.repeat(24);
const OTHER = 'o'.repeat(40);

describe('parseApiKeys', () => {
  it.each([
    [`billing:${KEY}`, [{ name: 'billing', key: KEY }]],
    [
      `billing:${KEY},fraud:${OTHER}`,
      [
        { name: 'billing', key: KEY },
        { name: 'fraud', key: OTHER },
      ],
    ],
    [
      ` billing:${KEY} ,\tfraud:${OTHER}\n`,
      [
        { name: 'billing', key: KEY },
        { name: 'fraud', key: OTHER },
      ],
    ],
    [`a:${KEY}:c::`, [{ name: 'a', key: `${KEY}:c::` }]],
    [`a.b-c_1:+/=%${KEY}`, [{ name: 'a.b-c_1', key: `+/=%${KEY}` }]],
    [`${'n'.repeat(64)}:${KEY}`, [{ name: 'n'.repeat(64), key: KEY }]],
    [
      `old:${KEY},new:${KEY}`,
      [
        { name: 'old', key: KEY },
        { name: 'new', key: KEY },
      ],
    ],
    ['demo:demo-key', [{ name: 'demo', key: 'demo-key' }]],
  ])('reads "%s"', (text, keys) => {
    expect(parseApiKeys(text)).toEqual(keys);
  });

  it.each([
    '',
    ' ',
    ',',
    KEY,
    `:${KEY}`,
    'billing:',
    'billing: ',
    `billing: ${KEY}`,
    `billing :${KEY}`,
    `two words:${KEY}`,
    `billing:${KEY} ${KEY}`,
    `billing:${KEY},`,
    `,billing:${KEY}`,
    `billing:${KEY},,fraud:${OTHER}`,
    `billing:${KEY},billing:${OTHER}`,
    `billing:${KEY},billing:${KEY}`,
    `${'n'.repeat(65)}:${KEY}`,
    'a:x',
    `billing:${KEY.slice(1)}`,
    `billing:${KEY}ü`,
    `billing:${KEY}\u0000`,
    'demo:demo-keys',
  ])('refuses "%s"', (text) => {
    expect(parseApiKeys(text)).toBeNull();
  });

  it('reads whatever pairs it is given', () => {
    const name = fc.stringMatching(/^[\w.-]{1,64}$/);
    const key = fc.stringMatching(/^[!-+\--~]{24,80}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ name, key }), {
          minLength: 1,
          maxLength: 5,
          selector: ({ name }) => name,
        }),
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
