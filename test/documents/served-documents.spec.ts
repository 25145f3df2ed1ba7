import { describe, expect, it } from 'vitest';
import type { LinkClaims } from '../../src/links/link-token.js';
import { MAX_REMEMBERED, ServedDocuments } from '../../src/documents/served-documents.js';

const linkOf = (cancellationId: string, sentAt = 1): LinkClaims => ({
  project: 'default',
  callSid: 'call',
  stops: [{ cancellationId, streamName: 'stream' }],
  then: [],
  sentAt,
  expiresAt: 2,
});

describe('the documents that were served', () => {
  it('are those of one attempt, through whichever of its links', () => {
    const served = new ServedDocuments();
    served.add(linkOf('a'), 'then');
    expect(served.of({ ...linkOf('a'), isFallback: true })).toBe('then');
    expect(served.of(linkOf('a', 2))).toBeUndefined();
    expect(served.of(linkOf('b'))).toBeUndefined();
  });

  it('never go back a step', () => {
    const served = new ServedDocuments();
    for (const step of ['then', 'handover', 'then', 'template'] as const) served.add(linkOf('a'), step);
    expect(served.of(linkOf('a'))).toBe('handover');
  });

  it('are forgotten where too many came since they were last asked for', () => {
    const served = new ServedDocuments();
    served.add(linkOf('again'), 'then');
    served.add(linkOf('once'), 'then');
    served.add(linkOf('again'), 'then');
    for (let i = 1; i < MAX_REMEMBERED; i += 1) served.add(linkOf(`${i}`), 'then');
    expect([served.of(linkOf('again')), served.of(linkOf('once'))]).toEqual(['then', undefined]);
  });
});
