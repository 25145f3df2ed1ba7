import { describe, expect, it } from 'vitest';
import { faultInBodyType } from '../../../../src/platform/http/body/body-type.js';

const JSON_TYPE = 'application/json';

describe('the type of a body', () => {
  it.each([
    [JSON_TYPE],
    ['Application/JSON'],
    ['application/json; charset=utf-8'],
    ['application/json;charset="UTF-8"'],
    ['application/json; charset=utf8; profile=x'],
    ['application/json;'],
  ])('may be %s', (contentType) => {
    expect(faultInBodyType({ contentTypes: [contentType], contentEncoding: '' })).toBeNull();
  });

  it('may be sent twice if both values are the same', () => {
    expect(faultInBodyType({ contentTypes: [JSON_TYPE, JSON_TYPE], contentEncoding: '' })).toBeNull();
  });

  it.each([
    [[], '', 'the header Content-Type: application/json is missing'],
    [['text/plain'], '', 'Content-Type must be application/json, not "text/plain"'],
    [['application/jsonx'], '', 'Content-Type must be application/json, not "application/jsonx"'],
    [[''], '', 'Content-Type must be application/json, not ""'],
    [
      [`${JSON_TYPE}, ${JSON_TYPE}`],
      '',
      'Content-Type must be application/json, not "application/json, application/json"',
    ],
    [[JSON_TYPE, 'text/plain'], '', 'Content-Type was sent more than once, with different values'],
    [[`${JSON_TYPE}; charset=iso-8859-1`], '', 'the charset must be utf-8, not "iso-8859-1"'],
    [[`${JSON_TYPE}; charset=utf-8; charset=utf-16`], '', 'the charset must be utf-8, not "utf-16"'],
    [[`${JSON_TYPE}; charset=`], '', 'the charset must be utf-8, not ""'],
    [[JSON_TYPE], 'gzip', 'Content-Encoding "gzip" is not supported; send the body as it is'],
  ])('may not be %j with the encoding %j', (contentTypes, contentEncoding, reason) => {
    expect(faultInBodyType({ contentTypes, contentEncoding })).toBe(reason);
  });
});
