import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repeatedField } from '../../../src/platform/validation/repeated-field.js';

describe('repeatedField', () => {
  it.each([
    ['{"a":1,"b":2,"a":1}', 'a', 'a'],
    ['{"a":1,"\\u0061":2}', 'a', 'a'],
    ['{"a":{"a":1},"b":[{"c":1},{"c":[],"c":{}}]}', 'b[1].c', 'c'],
    ['[{"x":"}","y":"\\"","x":"{"}]', '0.x', 'x'],
    ['{"__proto__":1,"__proto__":2}', '__proto__', '__proto__'],
    ['{"":1,"":2}', '', ''],
    [`{"${'n'.repeat(200)}":1,"${'n'.repeat(200)}":1}`, `${'n'.repeat(97)}...`, `${'n'.repeat(97)}...`],
  ])('names the field of %s', (json, field, name) => {
    expect(repeatedField(json)).toEqual({ field, message: `${name} is given twice` });
  });

  it.each([
    '1',
    '"a"',
    '{}',
    '[]',
    '{"a":"a","b":"a"}',
    '[{"a":1},{"a":1}]',
    '{"a":{"a":{"a":1}}}',
    '["a","a"]',
  ])('finds none in %s', (json) => {
    expect(repeatedField(json)).toBeNull();
  });

  it('finds none in whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(repeatedField(json)).toBeNull();
      }),
    );
  });
});
