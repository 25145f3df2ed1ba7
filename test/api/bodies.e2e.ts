import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BILLING_KEY, ownApi, VALID } from './fixtures/own-api.js';

const BODY = JSON.stringify(VALID);

describe('the bytes of a body', () => {
  const { inject, url } = ownApi();

  const post = async (
    payload: Buffer | string,
    headers: Record<string, string> = {},
    url = '/cancellations',
  ) => {
    const response = await inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${BILLING_KEY}`, 'content-type': 'application/json', ...headers },
      payload,
    });
    return {
      ...response.json<object>(),
      status: response.statusCode,
      contentType: response.headers['content-type'],
    };
  };

  it.each([
    ['Latin-1', Buffer.from('{"callSid":"c1","streamName":"caf\xE9"}', 'latin1')],
    ['a truncated sequence', Buffer.from('{"callSid":"c1","streamName":"\xF0\x9F\x98"}', 'latin1')],
    ['an encoded surrogate', Buffer.from('{"callSid":"c1","streamName":"\xED\xA0\x80"}', 'latin1')],
    ['an overlong form', Buffer.from('{"callSid":"c1","streamName":"\xC0\xAF"}', 'latin1')],
    ['UTF-16', Buffer.from(`\uFEFF${BODY}`, 'utf16le')],
  ])('are refused if they are %s', async (_, bytes) => {
    for (const url of ['/cancellations', '/cancellations/batch'])
      expect(await post(bytes, {}, url)).toMatchObject({
        status: 400,
        contentType: expect.stringContaining('application/problem+json') as string,
        code: 'invalid_encoding',
        detail: 'the body is not UTF-8',
      });
  });

  it('may begin with a byte order mark', async () => {
    expect(await post(`\uFEFF${JSON.stringify({ ...VALID, callSid: 'marked' })}`)).toMatchObject({
      callSid: 'marked',
    });
  });

  it.each([
    ['callSid', `{"callSid":"a","streamName":"stream","callSid":"b"}`, '/cancellations'],
    ['then[1].say', `{"callSid":"a","then":[{"say":"x"},{"say":"x","say":"y"}]}`, '/cancellations'],
    ['cancellations', `{"cancellations":[],"cancellations":[${BODY}]}`, '/cancellations/batch'],
    [
      'cancellations[1].streamName',
      `{"cancellations":[${BODY},{"callSid":"a","streamName":"a","streamName":"b"}]}`,
      '/cancellations/batch',
    ],
  ])('are refused if they give the field %s twice', async (field, body, url) => {
    expect(await post(body, {}, url)).toMatchObject({
      status: 400,
      code: 'invalid_body',
      errors: [{ field, message: expect.stringContaining('is given twice') as string }],
    });
  });

  it.each([
    ['not "text/plain"', { 'content-type': 'text/plain' }, BODY],
    ['not "iso-8859-1"', { 'content-type': 'application/json; charset=iso-8859-1' }, BODY],
    ['Content-Encoding "gzip"', { 'content-encoding': 'gzip' }, gzipSync(BODY)],
    ['Content-Encoding "identity"', { 'content-encoding': 'identity' }, BODY],
  ])('are refused with the reason: %s', async (reason, headers, payload) => {
    expect(await post(payload, headers)).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
      detail: expect.stringContaining(reason) as string,
    });
  });

  it.each(['GET', 'HEAD'] as const)('do not matter where no route reads them: %s', async (method) => {
    const headers = {
      authorization: `Bearer ${BILLING_KEY}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    expect((await inject({ method, url: '/queue', headers, payload: 'x=1' })).statusCode).toBe(200);
  });

  it('are refused with the place at which they stop being JSON', async () => {
    expect(await post('{"callSid": "a",}')).toMatchObject({
      status: 400,
      code: 'bad_request',
      detail: expect.stringMatching(/not valid JSON: .*position 16/) as string,
    });
  });

  it.each<Record<string, string>>([{}, { 'content-type': 'application/json' }])(
    'are refused if they are empty, with %j',
    async (headers) => {
      const response = await fetch(`${await url()}/cancellations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${BILLING_KEY}`, ...headers },
      });
      expect(await response.json()).toMatchObject({
        status: 400,
        code: 'bad_request',
        detail: 'the body is empty',
      });
    },
  );
});
