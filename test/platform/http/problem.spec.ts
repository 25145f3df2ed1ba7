import { HttpException, ServiceUnavailableException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/platform/http/api-error.js';
import { problemOf } from '../../../src/platform/http/problem.js';

class TeapotError extends ApiError {
  readonly status = 418;
  readonly code = 'teapot';
  override readonly faults = [{ field: 'drink', message: 'drink must be tea' }];
}

describe('problemOf', () => {
  it('shows the message of an error of the API', () => {
    expect(problemOf(new TeapotError('no coffee'), '/brew?strong=1')).toEqual({
      type: 'urn:streamstop:problem:teapot',
      title: "I'm a Teapot",
      status: 418,
      detail: 'no coffee',
      instance: '/brew',
      code: 'teapot',
      errors: [{ field: 'drink', message: 'drink must be tea' }],
    });
  });

  it.each([
    [400, 'bad_request'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [405, 'method_not_allowed'],
    [409, 'conflict'],
    [413, 'body_too_large'],
    [414, 'uri_too_long'],
    [415, 'unsupported_media_type'],
    [418, 'i_m_a_teapot'],
    [431, 'request_header_fields_too_large'],
  ])("gives the framework's status %i the code %s", (status, code) => {
    expect(problemOf(new HttpException('what it says', status), '/')).toMatchObject({ status, code });
  });

  it.each([new Error('secret'), new ServiceUnavailableException('secret'), 'secret', undefined])(
    'hides the message of an internal error: %s',
    (error) => {
      const problem = problemOf(error, '/');
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
    expect(problemOf(new HttpException('no', 404), path).instance).toBe(instance);
  });

  it('shortens what it repeats of the request', () => {
    const long = 'x'.repeat(15_000);
    const problem = problemOf(new HttpException(`Cannot GET /${long}`, 404), `/${long}?${long}`);
    expect(problem.instance).toMatch(/^\/x+\.\.\.$/);
    expect(problem.instance).toHaveLength(200);
    expect(problem.detail).toHaveLength(300);
  });
});
