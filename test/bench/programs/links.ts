import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { signLink } from '../../../src/links/link-token.js';
import { GUIDE_THEN } from '../../../src/cxml/verbs.js';

const DAY_MS = 86_400_000;

export interface Signed {
  /** What comes before the token. */
  readonly path: string;
  readonly secret: string;
}

/** Links as the worker hands them out, each for another cancellation of another stream, so that nothing is kept of one for the next. */
export const linksOf = ({ path, secret }: Signed, count: number): string[] =>
  Array.from({ length: count }, (_, number) => {
    const claims = {
      project: 'default',
      callSid: randomUUID(),
      stops: [{ cancellationId: uuidv7(), streamName: `stream-${number}` }],
      then: GUIDE_THEN,
      sentAt: Date.now(),
      expiresAt: Date.now() + DAY_MS,
    };
    return `${path}/${signLink(claims, secret)}`;
  });
