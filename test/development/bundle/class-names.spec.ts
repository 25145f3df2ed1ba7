import { describe, expect, it } from 'vitest';
import { withClassNames } from '../../../src/development/bundle/class-names.js';

const named = (name: string, is = name): string =>
  `\nif (typeof ${name} === 'function') Object.defineProperty(${name}, 'name', { value: '${is}' });`;

describe('the names of classes', () => {
  it('are not those of the variables that hold them', () => {
    const module = 'const A = class B {};';
    expect(withClassNames(module)).toBe(module + named('A', 'B'));
  });

  it.each([
    ['class A {}', ['A']],
    ['export class A extends B {}\nexport default class C {}', ['A', 'C']],
    ['let A = class A {\n};\nA = __decorate([], A);', ['A']],
    ['let A = A_1 = class A {\n};', ['A']],
    ['class A {}\nclass A {}', ['A']],
    ['const A = class extends B {\n};\nvar C = class {};', ['A', 'C']],
  ])('are those that stand in %j', (module, names) => {
    expect(withClassNames(module)).toBe(module + names.map((name) => named(name)).join(''));
  });

  it.each([
    'const text = `\nclass B {}\nconst C = class {};\n`;',
    '/*\nclass B {}\nexport class C {}\nconst D = class E {};\n*/',
  ])('are kept, renamed or not, beside %j, in which there is none', async (text) => {
    const module = withClassNames(`${text}\nclass A {}\nexport const classes = [A, class B {}];`);
    // As a bundler does where the name is in use.
    const renamed = module.replaceAll(/\bA\b(?!')/g, 'A2');
    const url = `data:text/javascript,${encodeURIComponent(renamed)}`;
    const { classes } = (await import(url)) as { classes: { name: string }[] };
    expect(classes.map(({ name }) => name)).toEqual(['A', 'B']);
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
