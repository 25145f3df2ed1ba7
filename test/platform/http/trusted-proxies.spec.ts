import { describe, expect, it } from 'vitest';
import { parseTrustedProxies } from '../../../src/platform/http/trusted-proxies.js';

describe('trusted proxies', () => {
  it.each([
    ['127.0.0.1', ['127.0.0.1']],
    [' 10.0.0.0/8 , 2001:db8::/32,::1', ['10.0.0.0/8', '2001:db8::/32', '::1']],
    ['192.0.2.1/32', ['192.0.2.1/32']],
  ])('are read from %j', (text, proxies) => {
    expect(parseTrustedProxies(text)).toEqual(proxies);
  });

  it.each([
    'proxy.example.com',
    '127.0.0.1,',
    '10.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '::1/129',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    'fe80::1%eth0',
    '10.0.0',
    'loopback',
    'true',
  ])('are not read from %j', (text) => {
    expect(parseTrustedProxies(text)).toBeNull();
  });
});
