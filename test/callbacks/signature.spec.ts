import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signedHeaders } from '../../src/callbacks/signature.js';
import { NEXT_SECRET, SECRET } from './fixtures/service.js';

/** Of https://github.com/standard-webhooks/standard-webhooks, spec and reference libraries. */
const VECTOR = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  at: new Date(1_614_265_330_000),
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

const { id, at, body } = VECTOR;

describe('the headers of a callback', () => {
  it('are those of the test vector of Standard Webhooks', () => {
    expect(signedHeaders([SECRET], id, at, body)).toEqual({
      'webhook-id': id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': VECTOR.signature,
    });
  });

  it('sign id, timestamp and body with the bytes of the secret', () => {
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
    const expected = createHmac('sha256', key).update(`${id}.1614265330.${body}`).digest('base64');
    expect(VECTOR.signature).toBe(`v1,${expected}`);
  });

  it('have one signature for each secret, in order, separated by a space', () => {
    const signature = signedHeaders([NEXT_SECRET, SECRET], id, at, body)['webhook-signature'] ?? '';
    expect(signature.split(' ')).toEqual([new Webhook(NEXT_SECRET).sign(id, at, body), VECTOR.signature]);
  });

  it('are accepted by a receiver that knows either secret, and by no other', () => {
    const now = new Date();
    const headers = signedHeaders([NEXT_SECRET, SECRET], id, now, '{"é":"✓"}');
    expect(new Webhook(SECRET).verify('{"é":"✓"}', headers)).toEqual({ é: '✓' });
    expect(new Webhook(NEXT_SECRET).verify('{"é":"✓"}', headers)).toEqual({ é: '✓' });
    expect(() => new Webhook('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA').verify('{"é":"✓"}', headers)).toThrow(
      'No matching signature',
    );
    expect(() => new Webhook(SECRET).verify('{"é":"✗"}', headers)).toThrow('No matching signature');
  });

  it('carry the time of the attempt in whole seconds', () => {
    expect(signedHeaders([SECRET], id, new Date(1999), body)['webhook-timestamp']).toBe('1');
  });
});
