import { describe, expect, it } from 'vitest';
import { isPrivateHost } from '../../../src/platform/outgoing/private-host.js';

const hostOf = (url: string): string => new URL(url).hostname;

describe('a host', () => {
  it.each([
    'https://localhost:3001',
    'https://stop.localhost',
    'https://streamstop',
    'https://stop.internal',
    'https://printer.local.',
    'HTTP://127.0.0.1:7410',
    'https://127.1',
    'https://2130706433',
    'https://10.1.2.3',
    'https://172.16.0.1',
    'https://192.168.1.1',
    'https://169.254.169.254',
    'https://100.64.0.1',
    'https://0.0.0.0',
    'https://[::1]',
    'https://[::ffff:10.0.0.1]',
    'https://[fe80::1]',
    'https://[fd00::1]',
    'https://[::127.0.0.1]',
    'https://[::a00:1]',
    'https://[100::1]',
    'https://[100:0:0:1::1]',
    'https://[4000::1]',
  ])('of %s is private', (url) => expect(isPrivateHost(hostOf(url))).toBe(true));

  it.each([
    'http://stop.example.com',
    'https://stop.example.com:8443/base',
    'https://8.8.8.8',
    'https://[2606:4700::1]',
    'https://local.example.com',
  ])('of %s is not', (url) => expect(isPrivateHost(hostOf(url))).toBe(false));

  it('may be an address as DNS gives it', () => {
    for (const address of ['10.0.0.1', '::1', 'fe80::1', '::ffff:10.0.0.1'])
      expect(isPrivateHost(address)).toBe(true);
    for (const address of ['8.8.8.8', '2606:4700::1111']) expect(isPrivateHost(address)).toBe(false);
  });
});
