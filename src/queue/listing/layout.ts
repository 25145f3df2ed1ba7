import { hash } from 'node:crypto';
import { parse } from 'uuid';

/**
 * The list of cancellations stands beside BullMQ's jobs, in the order in which they were accepted. Each has a place,
 * and its job's data holds the place. Places are kept in chunks of `CHUNK`, each of which has strings with one bit per
 * place for every term (`failed`, `project:default`), and columns with one cell of fixed width per place. A large chunk
 * takes few commands to search; what a page reads of it is small.
 */
export const CHUNK = 65_536;

/** The key from which all keys of the list are derived. It never exists itself. */
export const listKey = (prefix: string): string => `${prefix}:list`;

/** Counts the places that were given. */
export const nextKey = (prefix: string): string => `${listKey(prefix)}:next`;

/** Sorted set: the chunks, by the time at which their first cancellation was accepted. */
export const chunksKey = (prefix: string): string => `${listKey(prefix)}:chunks`;

/** String: a column or the bits of a term. */
export const chunkKey = (prefix: string, chunk: number, column: string): string =>
  `${listKey(prefix)}:${chunk}:${column}`;

/**
 * Sorted set: the places of the cancellations of some calls. A set per call would take more memory than the rest of the
 * list.
 */
export const callsKey = (prefix: string, callSid: string): string =>
  `${listKey(prefix)}:calls:${bucketOf(callSid)}`;

/** Two bytes of hash: at a million cancellations, a bucket has about 15. */
export const bucketOf = (callSid: string): string => digest(callSid, 2).toString('hex');

export const ID_BYTES = 16;
export const idCell = (id: string): Buffer => Buffer.from(parse(id));

/** Of the time of acceptance, in epoch milliseconds. */
export const TIME_BYTES = 6;
export function timeCell(epochMs: number): Buffer {
  const cell = Buffer.alloc(TIME_BYTES);
  cell.writeUIntBE(epochMs, 0, TIME_BYTES);
  return cell;
}

export const digest = (text: string, bytes: number): Buffer =>
  hash('sha256', text, 'buffer').subarray(0, bytes);
