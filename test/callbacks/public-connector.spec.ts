import { lookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lookUpPublic } from '../../src/callbacks/public-connector.js';

vi.mock('node:dns', async (original) => ({ ...(await original<object>()), lookup: vi.fn<typeof lookup>() }));

type Answered = (error: Error | null, found: LookupAddress[]) => void;

/** DNS answers with these, in turn. */
function resolvesTo(...answers: readonly string[][]): void {
  for (const addresses of answers)
    vi.mocked(lookup).mockImplementationOnce(((_name: string, _options: object, callback: Answered) => {
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    }) as never);
}

const looked = (all: boolean): Promise<unknown> =>
  new Promise((resolve, reject) => {
    lookUpPublic('app.example.com', { all }, (error, address, family) => {
      if (error === null) resolve(all ? address : [address, family]);
      else reject(error);
    });
  });

describe('looking up a receiver', () => {
  afterEach(() => vi.resetAllMocks());

  it.each([
    ['127.0.0.1'],
    ['10.1.2.3'],
    ['172.16.0.1'],
    ['192.168.1.1'],
    ['169.254.169.254'],
    ['100.64.0.1'],
    ['0.0.0.0'],
    ['224.0.0.1'],
    ['255.255.255.255'],
    ['::1'],
    ['::'],
    ['fe80::1'],
    ['fd00::1'],
    ['::ffff:127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['2002:7f00:1::'],
  ])('refuses %s', async (address) => {
    resolvesTo([address]);
    await expect(looked(true)).rejects.toThrow('app.example.com has no public address');
  });

  it('passes on the public addresses alone', async () => {
    resolvesTo(['10.0.0.1', '93.184.215.14', '2606:2800:220:1::1'], ['::1', '93.184.215.14']);
    expect(await looked(true)).toEqual([
      { address: '93.184.215.14', family: 4 },
      { address: '2606:2800:220:1::1', family: 6 },
    ]);
    expect(await looked(false)).toEqual(['93.184.215.14', 4]);
  });

  it('checks each time, so a name that is public at first may not turn private later', async () => {
    resolvesTo(['93.184.215.14'], ['127.0.0.1']);
    expect(await looked(false)).toEqual(['93.184.215.14', 4]);
    await expect(looked(false)).rejects.toThrow('no public address');
  });
});
