import { describe, expect, it } from 'vitest';
import { MAX_REMEMBERED, ServedFallbacks } from '../../src/documents/served-fallbacks.js';
import type { LinkClaims } from '../../src/links/link-token.js';

const linkOf = (cancellationId: string, sentAt = 1): LinkClaims => ({
  project: 'default',
  callSid: 'call',
  stops: [{ cancellationId, streamName: 'stream' }],
  then: [],
  isFallback: true,
  sentAt,
  awaitedUntil: 2,
  expiresAt: 2,
});

describe('the memory of served fallbacks', () => {
  it('distinguishes the attempts of a cancellation', () => {
    const fallbacks = new ServedFallbacks();
    fallbacks.add(linkOf('a'));
    expect([linkOf('a'), linkOf('a', 2), linkOf('b')].map((link) => fallbacks.has(link))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('forgets the attempts that were asked for least recently', () => {
    const fallbacks = new ServedFallbacks();
    fallbacks.add(linkOf('asked for again'));
    fallbacks.add(linkOf('asked for once'));
    fallbacks.has(linkOf('asked for again'));
    for (let i = 1; i < MAX_REMEMBERED; i += 1) fallbacks.add(linkOf(`${i}`));
    expect([linkOf('asked for again'), linkOf('asked for once')].map((link) => fallbacks.has(link))).toEqual([
      true,
      false,
    ]);
  });
});
