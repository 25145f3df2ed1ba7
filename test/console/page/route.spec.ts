import { describe, expect, it } from 'vitest';

const { routeOf } = (await import(new URL('../../../src/console/page/route.js', import.meta.url).href)) as {
  routeOf: (hash: string) => object;
};

describe('an address', () => {
  it.each([
    ['', { view: 'now' }],
    ['#/cancellations?status=failed', { view: 'cancellations' }],
    ['#/cancellations/a%20b', { view: 'cancellation', id: 'a b' }],
    ['#/cancellations/%', { view: 'cancellation', id: '%' }],
    ['#/cancellations/a/', { view: 'cancellation', id: 'a' }],
    ['#/cancellations/?last=1h', { view: 'cancellations' }],
    ['#/', { view: 'now' }],
    ['#projects', { view: 'now' }],
    ['#/canc', { view: 'unknown' }],
    ['#/now2', { view: 'unknown' }],
  ])('leads to a view, however it is written: %j', (hash, route) => {
    expect(routeOf(hash)).toMatchObject(route);
  });
});
