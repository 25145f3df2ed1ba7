import { RestClient } from '@signalwire/compatibility-api';
import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import { signForm } from '../../src/simulator/outgoing/signature.js';

const VECTOR = {
  key: '12345',
  url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
  params: {
    To: '+18005551212',
    From: '+14158675309',
    Digits: '1234',
    Caller: '+14158675309',
    CallSid: 'CA1234567890ABCDE',
  },
};

const REQUESTS: { name: string; url: string; params: Record<string, string> }[] = [
  { name: 'a form', url: 'https://example.com/laml', params: { CallSid: 'a', AccountSid: 'b' } },
  { name: 'no parameters', url: 'https://example.com/laml?CallSid=a%20b', params: {} },
  {
    name: 'text beyond ASCII',
    url: 'https://example.com/laml',
    params: { Name: 'żółw & 🐢', a: '', Z: 'z' },
  },
];

describe('the signature', () => {
  it("matches SignalWire's own test vector", () => {
    expect(signForm(VECTOR.key, VECTOR.url, VECTOR.params)).toBe('RSOYDt4T1cUTdK1PDd93/VVr8B8=');
  });

  it.each(REQUESTS)('passes both official validators for $name', ({ url, params }) => {
    const signature = signForm('PSKkey', url, params);
    expect(RestClient.validateRequest('PSKkey', signature, url, params)).toBe(true);
    expect(twilio.validateRequest('PSKkey', signature, url, params)).toBe(true);
  });

  it('depends on the key', () => {
    const signature = signForm('other', VECTOR.url, VECTOR.params);
    expect(twilio.validateRequest(VECTOR.key, signature, VECTOR.url, VECTOR.params)).toBe(false);
  });
});
