import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseApiKeys } from '../../../src/platform/http/api-key.js';

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
    `old:${KEY},new:${KEY}`,
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
