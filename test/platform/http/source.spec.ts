import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../../src/platform/http/source.js';

const PROXY = '198.51.100.1';
const addressOf = (...groups: readonly number[]) => groups.map((group) => group.toString(16)).join(':');
const sourceOfIp = (ip: string) => sourceOf({ ip, socket: { remoteAddress: PROXY } });

describe('the source of a request', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:5678', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['[::ffff:192.0.2.1]:5678', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2:3:4:5:6]', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2:3:4:5:6]:5678', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['[::1]:5', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['fe80::1%eth0.100', 'fe80:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['::3:4:5:6:7:8', '0:0:3:4::/64'],
  ])('is for %s %s', (ip, source) => {
    expect(sourceOfIp(ip)).toBe(source);
  });

  it.each([
    'unknown',
    '',
    '1',
    '0x7f.1',
    '192.0.2',
    '192.0.2.1:',
    '192.0.2.1:x',
    '[192.0.2',
    '_hidden',
    '::1:x',
  ])('is the proxy if the forwarded address is %j', (ip) => {
    expect(sourceOfIp(ip)).toBe(PROXY);
  });

  it('is unknown for a connection that has broken off', () => {
    expect(sourceOf({ ip: undefined as unknown as string, socket: {} })).toBe('unknown');
  });

  it('is the same for all addresses of an IPv6 /64, and differs for the next', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const groups = fc.tuple(group, group, group, group);
    fc.assert(
      fc.property(groups, groups, groups, (network, one, other) => {
        fc.pre(network[0] !== 0);
        expect(sourceOfIp(addressOf(...network, ...one))).toBe(sourceOfIp(addressOf(...network, ...other)));
        const next = [network[0], network[1], network[2], network[3] ^ 1];
        expect(sourceOfIp(addressOf(...next, ...one))).not.toBe(sourceOfIp(addressOf(...network, ...one)));
      }),
    );
  });
});
