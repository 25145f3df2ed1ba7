import { describe, expect, it } from 'vitest';
import { withClassNames } from '../../../src/development/bundle/class-names.js';

const named = (name: string): string => `\nObject.defineProperty(${name}, 'name', { value: '${name}' });`;

describe('the names of classes', () => {
  it('are not those of the variables that hold them', () => {
    const module = 'const A = class B {};';
    expect(withClassNames(module)).toBe(`${module}\nObject.defineProperty(A, 'name', { value: 'B' });`);
  });

  it.each([
    ['class A {}', ['A']],
    ['export class A extends B {}\nexport default class C {}', ['A', 'C']],
    ['let A = class A {\n};\nA = __decorate([], A);', ['A']],
    ['let A = A_1 = class A {\n};', ['A']],
    ['class A {}\nclass A {}', ['A']],
    ['const A = class extends B {\n};\nvar C = class {};', ['A', 'C']],
  ])('are those that stand in %j', (module, names) => {
    expect(withClassNames(module)).toBe(module + names.map(named).join(''));
  });

  it.each([
    'const text = `a class B`;',
    'export default class {}\nexport default class extends A {}',
    'function make() {\n  return class A {};\n}',
    'class A {\n  static name = 1;\n}',
    'class A {\n  static get name() {}\n}',
  ])('are left alone in %j', (module) => {
    expect(withClassNames(module)).toBe(module);
  });
});
