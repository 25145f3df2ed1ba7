import { describe, expect, it } from 'vitest';
import { readLink } from '../../src/links/link-token.js';
import { stopLinks } from '../../src/links/stop-links.js';

const SETTINGS = {
  PUBLIC_URL: 'https://stop.example.com',
  LINK_SECRET: 'a secret of thirty-two bytes or more',
};
const DEADLINE = 1_700_000_000_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

function claimsAt(now: number, longestRunMs: number) {
  const stops = [{ cancellationId: 'c-1', streamName: 'stream' }];
  const document = { project: 'default', callSid: 'call', stops, then: [], sentAt: DEADLINE - 1000 };
  const { url, fallbackUrl } = stopLinks(SETTINGS, document, { deadline: DEADLINE, longestRunMs });
  return [url, fallbackUrl].map((link) => readLink(link.split('/').at(-1) ?? '', SETTINGS.LINK_SECRET, now));
}

describe('the links to a stop document', () => {
  it.each([0, MINUTE_MS, 4 * HOUR_MS])(
    'are valid as long as it may run after the deadline: %d ms',
    (runMs) => {
      const until = DEADLINE + runMs + MINUTE_MS;
      expect(claimsAt(until - 1, runMs)).not.toContain(null);
      expect(claimsAt(until, runMs)).toEqual([null, null]);
    },
  );

  it('are evidence until a minute after the deadline, however long the document may run', () => {
    for (const claims of claimsAt(DEADLINE, 4 * HOUR_MS))
      expect(claims).toMatchObject({ awaitedUntil: DEADLINE + MINUTE_MS });
  });

  it('differ only in which of them is the fallback', () => {
    const [first, fallback] = claimsAt(DEADLINE, HOUR_MS);
    expect(fallback).toEqual({ ...first, isFallback: true });
    expect(first?.isFallback).toBe(false);
  });
});
