import { hash } from 'node:crypto';
import { sortedJson } from '../platform/validation/sorted-json.js';
import { nextFieldOf } from './request-data.js';
import type { AcceptedRequest } from './request-data.js';

/**
 * Tells requests apart by what they ask for: in whatever order their fields stand, and whether a default is written out
 * or left out. A `then` that is written out is more than its default: it has the stream stopped by a document.
 */
export function fingerprintOf({ request, data }: Pick<AcceptedRequest, 'request' | 'data'>): string {
  const { project, then, strategy, createdAt, deadline } = data;
  const meant = Object.assign({}, request, {
    project,
    then,
    strategy: strategy === 'auto' ? undefined : strategy,
    nextField: nextFieldOf(request) ?? undefined,
    deadlineMs: deadline - createdAt,
  });
  return hash('sha256', sortedJson(meant), 'base64url');
}
