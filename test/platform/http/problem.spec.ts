import { HttpException, ServiceUnavailableException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/platform/http/problems/api-error.js';
import { problemKinds } from '../../../src/platform/http/problems/problem-kind.js';
import { problemOf } from '../../../src/platform/http/problems/problem.js';

const { teapot } = problemKinds({
  teapot: { status: 418, title: 'This is a teapot', advice: 'Ask for tea.' },
});

const noCoffee = new ApiError(teapot, 'no coffee', {
  faults: [{ field: 'drink', message: 'drink must be tea' }],
});

describe('problemOf', () => {
  it('shows the message of an error of the API', () => {
    expect(problemOf(noCoffee, { url: '/brew?strong=1' })).toEqual({
      type: '/problems/teapot',
      title: 'This is a teapot',
      status: 418,
      detail: 'no coffee',
      instance: '/brew',
      code: 'teapot',
      errors: [{ field: 'drink', message: 'drink must be tea' }],
    });
  });

  it('says where it is explained below the path at which a proxy shows the server', () => {
    expect(problemOf(noCoffee, { url: '/', basePath: '/kitchen' }).type).toBe('/kitchen/problems/teapot');
  });

  it.each([
    [400, 'bad_request'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [405, 'method_not_allowed'],
    [408, 'request_timeout'],
    [412, 'precondition_failed'],
    [413, 'body_too_large'],
    [415, 'unsupported_media_type'],
    [416, 'range_not_satisfiable'],
    [431, 'request_header_fields_too_large'],
    [501, 'not_implemented'],
    [505, 'http_version_not_supported'],
  ])("gives the framework's status %i the code %s", (status, code) => {
    const problem = problemOf(new HttpException('what it says', status), { url: '/' });
    expect(problem).toMatchObject({ status, code });
  });

  it('calls a request malformed that the framework refuses for another reason', () => {
    const problem = problemOf(new HttpException('what it says', 414), { url: '/' });
    expect(problem).toMatchObject({ status: 400, code: 'bad_request', detail: 'what it says' });
  });

  it.each([new Error('secret'), new ServiceUnavailableException('secret'), 'secret', undefined])(
    'hides the message of an internal error: %s',
    (error) => {
      const problem = problemOf(error, { url: '/' });
      expect(problem).toMatchObject({ status: 500, code: 'internal_error' });
      expect(JSON.stringify(problem)).not.toContain('secret');
    },
  );

  it.each([
    ['/queue', '/queue'],
    ['/things/%e4%2F', '/things/%e4%2F'],
    ['/cancellations/batch#/cancellations/1', '/cancellations/batch#/cancellations/1'],
    ['*', '*'],
    ['', ''],
    ['/a "b" <c> {d} |e| \\ ^ `', '/a%20%22b%22%20%3Cc%3E%20%7Bd%7D%20%7Ce%7C%20%5C%20%5E%20%60'],
    ['/%zz/%', '/%25zz/%25'],
    ['/\u00fc', '/%FC'],
    ['/[x]', '/%5Bx%5D'],
    ['//host:port/', '/.//host:port/'],
    [`/${'x'.repeat(195)}%C3%A4`, `/${'x'.repeat(195)}%25...`],
  ])('names the request by a URI reference (RFC 9457, section 3.1.5): %s', (path, instance) => {
    expect(problemOf(new HttpException('no', 404), { url: path }).instance).toBe(instance);
  });

  it('shortens what it repeats of the request', () => {
    const long = 'x'.repeat(15_000);
    const problem = problemOf(new HttpException(`Cannot GET /${long}`, 404), { url: `/${long}?${long}` });
    expect(problem.instance).toMatch(/^\/x+\.\.\.$/);
    expect(problem.instance).toHaveLength(200);
    expect(problem.detail).toHaveLength(300);
  });
});
