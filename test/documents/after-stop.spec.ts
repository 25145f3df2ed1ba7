import { expect, it } from 'vitest';
import { afterStop } from '../../src/documents/after-stop.js';

const LINK = { isFallback: false, wasFallbackServed: false } as const;
const FALLBACK = { ...LINK, isFallback: true } as const;
const SERVED = { wasFallbackServed: true } as const;

it.each([
  ['a link', { ...LINK, template: 'none' }, 'then'],
  ['a link to a template', { ...LINK, template: 'usable' }, 'template'],
  ['a link to an unusable template', { ...LINK, template: 'unusable' }, null],
  ['a fallback', { ...FALLBACK, template: 'none' }, 'then'],
  ['a fallback to a template', { ...FALLBACK, template: 'usable' }, 'template'],
  ['a fallback to an unusable template', { ...FALLBACK, template: 'unusable' }, 'then'],
  ['a fallback, again', { ...FALLBACK, ...SERVED, template: 'none' }, 'nothing'],
  ['a fallback to a template, again', { ...FALLBACK, ...SERVED, template: 'usable' }, 'nothing'],
  ['a fallback to an unusable template, again', { ...FALLBACK, ...SERVED, template: 'unusable' }, 'nothing'],
  ['a link after its fallback', { ...LINK, ...SERVED, template: 'none' }, 'then'],
  ['a link to a template after its fallback', { ...LINK, ...SERVED, template: 'usable' }, 'template'],
  ['a link to an unusable template after its fallback', { ...LINK, ...SERVED, template: 'unusable' }, null],
] as const)('the document of %s continues with what it should', (_, fetch, next) => {
  expect(afterStop(fetch)).toBe(next);
});
