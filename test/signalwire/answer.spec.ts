import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callStateIn, isKnownCode, refusalIn as refusalInAnswer } from '../../src/signalwire/answer.js';
import type { Redact } from '../../src/signalwire/redactor.js';
import {
  CallNotFoundError,
  CallNotInProgressError,
  CredentialsRefusedError,
  InvalidAnswerError,
  ProviderFailedError,
  RateLimitedError,
  RequestRejectedError,
  TemporaryRefusalError,
  UpdateCallError,
} from '../../src/signalwire/signalwire.errors.js';
import { FAILURE_CODES } from '../../src/cancellation/vocabulary.js';

const refusalIn = (status: number, body: string, redact: Redact = (text) => text) =>
  refusalInAnswer(status, body, redact);

/** `error`: for JSON with a code that is not known; `uncoded`: without a code; `notJson`: for a page of a proxy. */
const REFUSALS = [
  { status: 300, error: InvalidAnswerError },
  { status: 304, error: InvalidAnswerError },
  {
    status: 400,
    error: RequestRejectedError,
    uncoded: RequestRejectedError,
    notJson: InvalidAnswerError,
  },
  { status: 401, error: CredentialsRefusedError, notJson: InvalidAnswerError },
  { status: 403, error: CredentialsRefusedError, notJson: InvalidAnswerError },
  { status: 404, error: CallNotFoundError, notJson: InvalidAnswerError },
  { status: 408, error: TemporaryRefusalError },
  { status: 409, error: TemporaryRefusalError },
  {
    status: 422,
    error: RequestRejectedError,
    uncoded: RequestRejectedError,
    notJson: InvalidAnswerError,
  },
  { status: 425, error: TemporaryRefusalError },
  { status: 429, error: RateLimitedError },
  { status: 500, error: ProviderFailedError },
  { status: 502, error: ProviderFailedError },
  { status: 503, error: ProviderFailedError },
  { status: 599, error: ProviderFailedError },
].map((row) => ({ uncoded: row.error, notJson: row.error, ...row }));

const CLASSES = [
  { error: CallNotFoundError, code: 'call_not_found', retryable: false, callStateDecides: true },
  { error: CallNotInProgressError, code: 'rejected', retryable: true, callStateDecides: true },
  { error: CredentialsRefusedError, code: 'unauthorized', retryable: false, callStateDecides: false },
  { error: InvalidAnswerError, code: 'invalid_response', retryable: true, callStateDecides: true },
  { error: ProviderFailedError, code: 'provider_error', retryable: true, callStateDecides: false },
  { error: RateLimitedError, code: 'rate_limited', retryable: true, callStateDecides: false },
  { error: RequestRejectedError, code: 'rejected', retryable: false, callStateDecides: false },
  { error: TemporaryRefusalError, code: 'rejected', retryable: true, callStateDecides: true },
];

/** All that an answer can be; the other classes are for requests without one. */
const ANSWERED = CLASSES.map(({ error }) => error);

/** The forms of error bodies that SignalWire documents, and what is in them. */
const BODIES = [
  {
    form: 'code and message',
    body: { code: 20003, message: 'Authentication failed', more_info: 'https://example.com', status: 401 },
    providerCode: '20003',
    message: 'Authentication failed',
    byCode: CredentialsRefusedError,
  },
  {
    form: 'a list of codes and messages',
    body: {
      errors: [{ code: '30010', message: 'Price exceeds', more_info: 'https://example.com' }, { code: '1' }],
    },
    providerCode: '30010',
    message: 'Price exceeds',
  },
  {
    form: 'a list of texts',
    body: { errors: ['Conference cannot be changed', 'second'] },
    providerCode: null,
    message: 'Conference cannot be changed',
  },
  {
    form: 'a list of codes in words',
    body: {
      errors: [
        {
          type: 'validation_error',
          code: 'cannot_redirect_not_in_progress',
          message: 'The call is not in progress',
          attribute: 'url',
          url: 'https://example.com',
        },
      ],
    },
    providerCode: 'cannot_redirect_not_in_progress',
    message: 'The call is not in progress',
    byCode: CallNotInProgressError,
  },
].map((documented) => ({ ...documented, body: JSON.stringify(documented.body) }));

const WITHOUT_AN_ERROR = [
  { form: 'HTML', body: '<html><head><title>502 Bad Gateway</title></head></html>' },
  { form: 'nothing', body: '' },
  { form: 'white space', body: ' \r\n ' },
  { form: 'plain text', body: 'upstream connect error' },
  { form: 'JSON that breaks off', body: '{"code":2000' },
  { form: 'null', body: 'null' },
  { form: 'a number', body: '20003' },
  { form: 'a string', body: '"text"' },
  { form: 'a list', body: '[{"code":1,"message":"x"}]' },
  { form: 'an empty object', body: '{}' },
  { form: 'an empty list of errors', body: '{"errors":[]}' },
  { form: 'a list of null', body: '{"errors":[null]}' },
  { form: 'a list of lists', body: '{"errors":[["x"]]}' },
  { form: 'a code and a message of other types', body: '{"code":{"a":1},"message":["x"]}' },
  { form: 'an empty message', body: '{"code":null,"message":""}' },
  { form: 'an empty text', body: '{"errors":[""]}' },
  { form: 'nesting without end', body: `{"errors":${'['.repeat(30_000)}${']'.repeat(30_000)}}` },
];

describe('a code', () => {
  it.each(['20003', '21220', '20422', 'url_is_unsafe'])('is known if SignalWire documents it: %s', (code) => {
    expect(isKnownCode(code)).toBe(true);
  });

  it.each([null, '', '0', '99999', '422'])('says nothing otherwise: %j', (code) => {
    expect(isKnownCode(code)).toBe(false);
  });
});

describe('a 2xx that says nothing', () => {
  it.each([
    ['', 'the answer is empty'],
    [' \r\n', 'the answer is empty'],
    ['{}', 'the answer is an empty JSON object'],
    [' { } ', 'the answer is an empty JSON object'],
    ['[]', 'the answer is not a JSON object'],
    ['null', 'the answer is not a JSON object'],
    ['{"sid"', 'the answer is not a JSON object'],
    ['<html></html>', 'the answer is not a JSON object'],
  ])('is an invalid answer, and the message says why: %j', (body, message) => {
    expect(refusalIn(200, body)).toMatchObject({ code: 'invalid_response', message });
  });
});

describe('a refusal', () => {
  it.each(CLASSES)('of the class $error.name is $code', ({ error, ...meaning }) => {
    expect(new error('x', { httpStatus: 400, providerCode: null, retryAfterMs: null })).toMatchObject({
      name: error.name,
      ...meaning,
    });
  });

  it.each(REFUSALS)('by HTTP status $status is read from the status alone', ({ status, notJson }) => {
    for (const body of ['', '<html></html>']) {
      const refusal = refusalIn(status, body);
      expect(refusal).toBeInstanceOf(notJson);
      expect(refusal).toMatchObject({ httpStatus: status, providerCode: null });
      expect(refusal?.message).toContain(String(status));
    }
  });

  it.each(REFUSALS)("by HTTP status $status, in JSON without SignalWire's code", ({ status, uncoded }) => {
    const refusal = refusalIn(status, '{"message":"Call is not in-progress"}');
    expect(refusal).toBeInstanceOf(uncoded);
    expect(refusal).toMatchObject({ providerCode: null, message: 'Call is not in-progress' });
  });

  it.each(BODIES)(
    "carries SignalWire's code and message from $form",
    ({ body, providerCode, message, byCode }) => {
      for (const { status, error, uncoded } of REFUSALS) {
        const refusal = refusalIn(status, body);
        expect(refusal).toBeInstanceOf(byCode ?? (providerCode === null ? uncoded : error));
        expect(refusal).toMatchObject({ httpStatus: status, providerCode, message });
      }
    },
  );

  it.each([
    ['20003', 400, CredentialsRefusedError],
    ['20404', 400, CallNotFoundError],
    ['21220', 422, CallNotInProgressError],
    ['10000', 422, CallNotInProgressError],
    ['20429', 503, RateLimitedError],
    ['20504', 400, ProviderFailedError],
    ['21402', 503, RequestRejectedError],
    ['99999', 503, ProviderFailedError],
    ['21220', 200, CallNotInProgressError],
  ] as const)("by SignalWire's code %s is the same with HTTP status %i", (code, status, error) => {
    expect(refusalIn(status, JSON.stringify({ code: Number(code), message: 'x' }))).toBeInstanceOf(error);
  });

  it.each([
    ['queued', 'waiting'],
    ['ringing', 'waiting'],
    ['in-progress', 'in-progress'],
    ['completed', 'ended'],
    ['canceled', 'ended'],
    ['busy', 'ended'],
    ['failed', 'ended'],
    ['no-answer', 'ended'],
    ['initiated', 'waiting'],
    ['answered', 'in-progress'],
    ['dancing', 'in-progress'],
    [7, 'unknown'],
  ])('leaves it to a call that is %s: %s', (status, state) => {
    expect(callStateIn(JSON.stringify({ sid: 'x', status }))).toBe(state);
  });

  it('carries the code of a call that is not in progress', () => {
    const body = '{"code":21220,"message":"Call is not in-progress. Cannot redirect.","status":400}';
    expect(refusalIn(400, body)).toMatchObject({
      code: 'rejected',
      httpStatus: 400,
      providerCode: '21220',
      message: 'Call is not in-progress. Cannot redirect.',
    });
  });

  it.each(WITHOUT_AN_ERROR)('with $form says its HTTP status', ({ body }) => {
    expect(refusalIn(503, body)).toMatchObject({
      code: 'provider_error',
      httpStatus: 503,
      providerCode: null,
      message: 'SignalWire answered with HTTP status 503',
    });
  });

  it('keeps the beginning of a message and of a code that are too long', () => {
    const long = `${'x'.repeat(290)}0123456789${'y'.repeat(10_000)}`;
    for (const body of [{ code: long, message: long }, { errors: [{ code: long, message: long }] }]) {
      const refusal = refusalIn(400, JSON.stringify(body));
      expect([refusal?.message, refusal?.providerCode]).toEqual([long.slice(0, 300), long.slice(0, 300)]);
    }
    expect(refusalIn(400, JSON.stringify({ errors: [long] }))?.message).toBe(long.slice(0, 300));
  });
});

const redact: Redact = (text) => text.replaceAll('s3cret', '(secret)');

describe('what is redacted in a refusal', () => {
  it.each([
    ['a message', { code: 's3cret', message: 'wrong: s3cret' }],
    ['a list of codes and messages', { errors: [{ code: 's3cret', message: 'wrong: s3cret' }] }],
  ])('is the code and the text of %s', (_, body) => {
    for (const { status } of REFUSALS) {
      expect(refusalIn(status, JSON.stringify(body), redact)).toMatchObject({
        providerCode: '(secret)',
        message: 'wrong: (secret)',
      });
    }
  });

  it('is a text without a code', () => {
    expect(refusalIn(400, '{"errors":["wrong: s3cret"]}', redact)?.message).toBe('wrong: (secret)');
  });

  it('is what the cut would have left half of', () => {
    for (const start of [294, 295, 299]) {
      const text = `${'x'.repeat(start)}s3cret`;
      const refusal = refusalIn(400, JSON.stringify({ code: text, message: text }), redact);
      const shown = `${'x'.repeat(start)}(secret)`.slice(0, 300);
      expect([refusal?.message, refusal?.providerCode]).toEqual([shown, shown]);
    }
  });
});

describe('an acceptance', () => {
  it.each([200, 201, 202, 299])('is a JSON object with HTTP status %i', (status) => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (object) => {
        expect(refusalIn(status, JSON.stringify(object))).toBeNull();
      }),
    );
  });

  it.each(WITHOUT_AN_ERROR.filter(({ body }) => !/^\{.*\}$/s.test(body)))('is not $form', ({ body }) => {
    const refusal = refusalIn(200, body);
    expect(refusal).toBeInstanceOf(InvalidAnswerError);
    expect(refusal).toMatchObject({ code: 'invalid_response', httpStatus: 200, providerCode: null });
  });

  it('does not depend on white space around it', () => {
    expect(refusalIn(200, '\r\n {"sid":"a"}\n')).toBeNull();
  });
});

describe('any answer at all', () => {
  const error = fc.record(
    { code: fc.jsonValue(), message: fc.oneof(fc.string({ maxLength: 1000 }), fc.jsonValue()) },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    error.map((object) => JSON.stringify(object)),
    fc.array(fc.oneof(error, fc.string(), fc.jsonValue())).map((errors) => JSON.stringify({ errors })),
  );

  it('with another status than 2xx is one refusal of bounded size, and never thrown', () => {
    const status = fc.oneof(fc.integer({ min: 100, max: 199 }), fc.integer({ min: 300, max: 599 }));
    fc.assert(
      fc.property(status, body, (status, body) => {
        const refusal = refusalIn(status, body);
        expect(refusal).toBeInstanceOf(UpdateCallError);
        expect(refusal?.httpStatus).toBe(status);
        expect(refusal?.message.length).toBeGreaterThan(0);
        expect(refusal?.message.length).toBeLessThanOrEqual(300);
        expect(refusal?.providerCode?.length ?? 0).toBeLessThanOrEqual(300);
      }),
      { numRuns: 1000 },
    );
  });

  it('is of a class that is known, whatever its status is', () => {
    const status = fc.oneof(fc.integer(), fc.double(), fc.integer({ min: 100, max: 599 }));
    fc.assert(
      fc.property(status, body, (status, body) => {
        const refusal = refusalIn(status, body);
        fc.pre(refusal !== null || !(status >= 200 && status < 300));
        expect(ANSWERED.map((error) => error.name)).toContain(refusal?.constructor.name);
        expect(refusal?.name).toBe(refusal?.constructor.name);
        expect(FAILURE_CODES).toContain(refusal?.code);
      }),
      { numRuns: 1000 },
    );
  });

  it('with 2xx is an acceptance or an invalid answer, and never thrown', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 299 }), body, (status, body) => {
        expect([undefined, 'invalid_response']).toContain(refusalIn(status, body)?.code);
      }),
      { numRuns: 1000 },
    );
  });
});
