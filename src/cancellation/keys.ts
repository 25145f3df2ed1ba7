import { hash } from 'node:crypto';
import type { CancellationData } from './data.js';
import type { CancellationRecord } from './record.js';

/**
 * Identifies a stream among all calls. Hashed, because a name may be long and contain anything. A stream without a name
 * has its SID as its name (https://signalwire.com/docs/compatibility-api/cxml/voice/stream).
 */
export const streamKey = ({
  project,
  callSid,
  streamName,
}: Pick<CancellationData, 'project' | 'callSid'> & { readonly streamName: string }): string =>
  hashOf([project, callSid, streamName]);

/** The key of a cancellation's stream: by its name, or by its SID if the request gave no name. */
export const namedStreamKey = ({
  project,
  callSid,
  streamName,
  streamSid,
}: Pick<CancellationData, 'project' | 'callSid' | 'streamName' | 'streamSid'>): string =>
  streamKey({ project, callSid, streamName: streamName ?? streamSid ?? '' });

/**
 * The keys under which the stream's end is reported. If the SID is known, only the SID's: another stream may have the
 * name by now. The name's as well once SignalWire did not know the SID, because the stream is then stopped by its name.
 */
export function stoppedKeys(
  { project, callSid, streamName, streamSid }: CancellationData,
  { streamSid: learned, sidNotFound }: Pick<CancellationRecord, 'streamSid' | 'sidNotFound'>,
): string[] {
  const sid = streamSid ?? learned;
  const names: readonly (string | null)[] = sid === null || sidNotFound ? [streamName, sid] : [sid];
  return names
    .filter((name) => name !== null)
    .map((name) => streamKey({ project, callSid, streamName: name }));
}

/** Identifies a call among all projects. */
export const callKey = ({ project, callSid }: Pick<CancellationData, 'project' | 'callSid'>): string =>
  hashOf([project, callSid]);

/** 128 bits. */
const HASH_LENGTH = 22;

const hashOf = (parts: readonly string[]): string =>
  hash('sha256', JSON.stringify(parts), 'base64url').slice(0, HASH_LENGTH);
