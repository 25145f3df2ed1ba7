import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { signLink } from '../../../src/links/link-token.js';
import { STOP_STREAM_PATH } from '../../../src/links/stop-links.js';

const DAY_MS = 86_400_000;

/**
 * Signed links like the worker's. Each is for another cancellation of another stream, so that nothing can be cached.
 */
export const stopLinkPaths = (secret: string, count: number): string[] =>
  Array.from({ length: count }, (_, number) => {
    const claims = {
      project: 'default',
      callSid: randomUUID(),
      stops: [{ cancellationId: uuidv7(), streamName: `stream-${number}` }],
      then: [{ say: 'Stopping stream' }],
      sentAt: Date.now(),
      awaitedUntil: Date.now() + DAY_MS,
      expiresAt: Date.now() + DAY_MS,
    };
    return `${STOP_STREAM_PATH}/${signLink(claims, secret)}`;
  });
