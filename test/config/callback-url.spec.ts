import { describe, expect, it } from 'vitest';
import { callbackFault, isCallbackUrl } from '../../src/config/callback-url.js';
import type { CallbackRules } from '../../src/config/callback-url.js';

const RULES: CallbackRules = {
  CALLBACK_HOSTS: [
    { hostname: 'app.example.com', port: null },
    { hostname: '10.0.0.7', port: 8080 },
  ],
  CALLBACK_SECRETS: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  ALLOW_PRIVATE_CALLBACKS: false,
};

describe('the form of a callback URL', () => {
  it.each([
    'https://app.example.com',
    'https://app.example.com/stopped?tenant=7',
    'https://APP.example.com:8443/a%20b',
    'http://10.0.0.7:8080/',
    'https://[2001:db8::1]:8443/',
  ])('%s is right', (url) => expect(isCallbackUrl(url)).toBe(true));

  it.each([
    'app.example.com/stopped',
    'ftp://app.example.com/',
    'https://user@app.example.com/',
    'https://user:password@app.example.com/',
    'https://app.example.com/#fragment',
    'https://app.example.com\\@elsewhere.example.com/',
    'https://app。example.com/',
    'https://app%2eexample.com/',
    'https://app.example.com/a b',
    'https://app.example.com:99999/',
    `https://app.example.com/${'x'.repeat(2048)}`,
    '',
    7,
    ['https://app.example.com/'],
  ])('%s is wrong', (url) => expect(isCallbackUrl(url)).toBe(false));
});

describe('where callbacks may go', () => {
  it.each<[string, string, Partial<CallbackRules>]>([
    ['an allowed host', 'https://app.example.com/stopped', {}],
    ['the default port, written out', 'https://app.example.com:443/', {}],
    [
      'plain http, where private addresses are allowed',
      'http://app.example.com/',
      { ALLOW_PRIVATE_CALLBACKS: true },
    ],
    [
      'an address of the own network, where they are',
      'http://10.0.0.7:8080/',
      { ALLOW_PRIVATE_CALLBACKS: true },
    ],
  ])('%s', (_, url, rules) => {
    expect(callbackFault(url, 'callbackUrl', { ...RULES, ...rules })).toBeNull();
  });

  it.each<[string, string, Partial<CallbackRules>]>([
    ['https://app.example.com/', 'CALLBACK_HOSTS, the variable', { CALLBACK_HOSTS: undefined }],
    ['https://app.example.com/', 'CALLBACK_SECRETS, the variable', { CALLBACK_SECRETS: undefined }],
    ['https://app.example.com:8443/', 'one of the hosts that CALLBACK_HOSTS allows', {}],
    ['https://sub.app.example.com/', 'one of the hosts that CALLBACK_HOSTS allows', {}],
    ['https://10.0.0.7:8080/', 'must be a public https address', {}],
    ['http://app.example.com/', 'must be a public https address', {}],
  ])('not %s: %s', (url, message, rules) => {
    expect(callbackFault(url, 'callbackUrl', { ...RULES, ...rules })).toContain(message);
  });
});
