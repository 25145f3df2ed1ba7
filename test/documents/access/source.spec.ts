import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../../src/documents/access/source.js';
import {
  AllowanceSpentError,
  MAX_COUNTERS,
  SourceAllowance,
} from '../../../src/documents/access/source-allowance.js';
import { allowanceOf } from '../../../src/documents/access/standing.js';
import { ServiceEnvironment } from '../../../src/config/service.environment.js';

const addressOf = (...groups: readonly number[]) => groups.map((group) => group.toString(16)).join(':');

describe('the source of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['::3:4:5:6:7:8', '0:0:3:4::/64'],
    ['not an address', 'not an address'],
    [undefined, 'unknown'],
  ])('%s is %s', (address, source) => {
    expect(sourceOf(address)).toBe(source);
  });

  it('is the same for all addresses of an IPv6 network of 64 bits, and another one for the next', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const groups = fc.tuple(group, group, group, group);
    fc.assert(
      fc.property(groups, groups, groups, (network, one, other) => {
        fc.pre(network[0] !== 0);
        expect(sourceOf(addressOf(...network, ...one))).toBe(sourceOf(addressOf(...network, ...other)));
        const next = [network[0], network[1], network[2], network[3] ^ 1];
        expect(sourceOf(addressOf(...next, ...one))).not.toBe(sourceOf(addressOf(...network, ...one)));
      }),
    );
  });
});

const allowance = (points: number) =>
  new SourceAllowance(Object.assign(new ServiceEnvironment(), { SOURCE_REQUESTS_PER_MINUTE: points }));

describe('the allowance of a source', () => {
  it('is spent by as many requests as it says, and says when to ask again', async () => {
    const three = allowance(3);
    for (let count = 0; count < 3; count += 1) {
      await three.demand('192.0.2.1', 'stranger');
      three.spend('192.0.2.1', 'stranger');
    }
    const refusal = await three.demand('::ffff:192.0.2.1', 'stranger').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AllowanceSpentError);
    expect((refusal as AllowanceSpentError).retryAfter).toBeGreaterThan(0);
    expect((refusal as AllowanceSpentError).retryAfter).toBeLessThanOrEqual(60);
    await expect(three.demand('192.0.2.1', 'plausible')).resolves.toBeUndefined();
  });

  it('is kept in so many counters at most, however many sources there are', () => {
    const one = allowance(1);
    const counters = new Set<string>();
    for (let i = 0; i < MAX_COUNTERS + 4000; i += 1) counters.add(one.counterOf(`source ${i}`, 'stranger'));
    expect(counters.size).toBeLessThanOrEqual(MAX_COUNTERS);
    expect(counters.size).toBeGreaterThan(MAX_COUNTERS / 2);
  });

  it('is counted where nobody outside of the process can tell', () => {
    const places = Array.from({ length: 20 }, () => allowance(1).counterOf('192.0.2.1', 'stranger'));
    expect(new Set(places).size).toBeGreaterThan(1);
  });
});

describe('what a request takes from the allowance', () => {
  it.each([
    ['stranger', 200, null],
    ['stranger', 403, 'stranger'],
    ['stranger', 404, 'stranger'],
    ['stranger', 429, null],
    ['stranger', 500, null],
    ['open', 200, 'stranger'],
    ['open', 400, 'stranger'],
    ['open', 429, null],
    ['plausible', 204, 'plausible'],
    ['plausible', 429, null],
    ['genuine', 200, null],
    ['genuine', 400, null],
    ['genuine', 404, null],
  ] as const)('a %s one that is answered %i: %s', (standing, status, from) => {
    expect(allowanceOf(standing, status)).toBe(from);
  });
});
