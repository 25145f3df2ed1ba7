import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signedHeaders } from '../../src/callbacks/signature.js';

/** The tests of all libraries of https://github.com/standard-webhooks/standard-webhooks use these. */
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const BODY = '{"test": 2432232314}';
const BARE_SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const SECRET = `whsec_${BARE_SECRET}`;
const AT = new Date(1_614_265_330_000);
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const OTHERS = [
  'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=',
  'v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=',
];
const TOLERANCE_MS = 5 * 60_000;

type Headers = Record<string, string>;

const signed = (atMs = Date.now()): Headers => signedHeaders([SECRET], ID, new Date(atMs), BODY);
const without = (name: string): Headers =>
  Object.fromEntries(Object.entries(signed()).filter(([one]) => one !== name));
const verify = (headers: Headers, secret = SECRET): unknown => new Webhook(secret).verify(BODY, headers);

describe('the test vectors of Standard Webhooks', () => {
  it.each([
    ['with the prefix of the secret', SECRET],
    ['without', BARE_SECRET],
  ])('are signed alike %s', (_, secret) => {
    expect(signedHeaders([secret], ID, AT, BODY)).toEqual({
      'webhook-id': ID,
      'webhook-timestamp': '1614265330',
      'webhook-signature': SIGNATURE,
    });
  });

  it.each<[string, Headers, string?]>([
    ['as it is', signed()],
    ['by a receiver whose secret has no prefix', signed(), BARE_SECRET],
    [
      'among signatures of other secrets and versions',
      { ...signed(), 'webhook-signature': [...OTHERS, signed()['webhook-signature'], OTHERS[0]].join(' ') },
    ],
    ['just within the tolerance', signed(Date.now() - TOLERANCE_MS + 5000)],
  ])('are verified %s', (_, headers, secret) => {
    expect(verify(headers, secret)).toEqual({ test: 2_432_232_314 });
  });

  it.each<[string, Headers]>([
    ['without an id', without('webhook-id')],
    ['without a timestamp', without('webhook-timestamp')],
    ['without a signature', without('webhook-signature')],
    ['with another id', { ...signed(), 'webhook-id': 'msg_other' }],
    ['with a timestamp that is no number', { ...signed(), 'webhook-timestamp': 'hello' }],
    [
      'with another timestamp',
      { ...signed(), 'webhook-timestamp': String(Math.floor(Date.now() / 1000) - 60) },
    ],
    ['with another signature', { ...signed(), 'webhook-signature': 'v1,dawfeoifkpqwoekfpqoekf' }],
    [
      'with a part of the signature',
      { ...signed(), 'webhook-signature': signed()['webhook-signature']?.slice(0, 8) ?? '' },
    ],
    ['with an empty signature', { ...signed(), 'webhook-signature': 'v1,' }],
    ['signed too long ago', signed(Date.now() - TOLERANCE_MS - 2000)],
    ['signed in the future', signed(Date.now() + TOLERANCE_MS + 2000)],
  ])('are refused %s', (_, headers) => {
    expect(() => verify(headers)).toThrow(WebhookVerificationError);
  });

  it('are refused with another body', () => {
    expect(() => new Webhook(SECRET).verify('{"test": 2432232315}', signed())).toThrow(
      WebhookVerificationError,
    );
  });
});
