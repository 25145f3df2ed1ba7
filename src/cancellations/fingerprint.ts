import { createHash } from 'node:crypto';
import type { CancellationData } from './cancellations.queue.js';
import type { CreateCancellationDto } from './create-cancellation.dto.js';

/** What a request leaves out or writes out. */
type Defaults = Pick<CancellationData, 'project' | 'then' | 'strategy' | 'createdAt' | 'deadline'>;

/**
 * Tells requests apart by what they ask for: in whatever order their fields stand, and whether a default is written out
 * or left out.
 *
 * @param data what the request was accepted as
 */
export function fingerprintOf(request: CreateCancellationDto, data: Defaults): string {
  const { project, then, strategy = 'auto', createdAt, deadline } = data;
  const meant = Object.assign({}, request, { project, then, strategy, deadlineMs: deadline - createdAt });
  return createHash('sha256').update(JSON.stringify(meant, sorted)).digest('base64url');
}

/** For `JSON.stringify`, which writes fields in the order in which an object got them. */
const sorted = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
