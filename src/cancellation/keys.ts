import { hash } from 'node:crypto';
import type { CancellationData } from './data.js';
import type { CancellationRecord } from './record.js';

/**
 * Tells the streams of all calls apart; hashed, since a stream's name may be long and hold anything. The name of a stream
 * that was given none is its SID (https://signalwire.com/docs/compatibility-api/cxml/voice/stream).
 */
export const streamKey = ({
  project,
  callSid,
  streamName,
}: Pick<CancellationData, 'project' | 'callSid'> & { readonly streamName: string }): string =>
  hashOf([project, callSid, streamName]);

/** The key of the stream that a cancellation is about: by its name where it was given one, as requests name it. */
export const namedStreamKey = ({
  project,
  callSid,
  streamName,
  streamSid,
}: Pick<CancellationData, 'project' | 'callSid' | 'streamName' | 'streamSid'>): string =>
  streamKey({ project, callSid, streamName: streamName ?? streamSid ?? '' });

/**
 * The keys under which the end of that stream is told: its SID's alone where that is known, since a name may be another
 * stream's by now; its name's too once SignalWire did not know the SID, so that it is stopped by its name.
 */
export function stoppedKeys(
  { project, callSid, streamName, streamSid }: CancellationData,
  { streamSid: learned, sidNotFound = false }: Pick<CancellationRecord, 'streamSid' | 'sidNotFound'>,
): string[] {
  const sid = streamSid ?? learned ?? null;
  const names: readonly (string | null)[] = sid === null || sidNotFound ? [streamName, sid] : [sid];
  return names
    .filter((name) => name !== null)
    .map((name) => streamKey({ project, callSid, streamName: name }));
}

/** Tells the calls of all projects apart; hashed, so that no two of them can be written alike. */
export const callKey = ({ project, callSid }: Pick<CancellationData, 'project' | 'callSid'>): string =>
  hashOf([project, callSid]);

/** 128 bits are enough to tell them apart, and stand in several keys of each job. */
const HASH_LENGTH = 22;

const hashOf = (parts: readonly string[]): string =>
  hash('sha256', JSON.stringify(parts), 'base64url').slice(0, HASH_LENGTH);
