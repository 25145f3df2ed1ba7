import { describe, expect, it } from 'vitest';
import { withoutBasePath } from '../../../src/platform/http/routable-url.js';

describe('a URL without the base path', () => {
  it.each([
    ['/a/b', '', '/a/b'],
    ['/base/a/b?c=/base', '/base', '/a/b?c=/base'],
    ['/base', '/base', '/'],
    ['/base/', '/base', '/'],
    ['/base?a=b', '/base', '/?a=b'],
    ['/a/base', '/base', '/a/base'],
    ['/based/a', '/base', '/based/a'],
    ['/base/base/a', '/base', '/base/a'],
    ['/one/two/a', '/one/two', '/a'],
    ['/one/a', '/one/two', '/one/a'],
  ])('of %s below "%s" is %s', (url, basePath, route) => {
    expect(withoutBasePath(url, basePath)).toBe(route);
  });
});
