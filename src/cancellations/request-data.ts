import { unfitAddress } from '../documents/document-url.js';
import type { DocumentUrlValues } from '../documents/document-url.js';
import { InvalidBodyError } from '../http/invalid-body.error.js';
import type { Fault } from '../validation/faults.js';
import type { CancellationData } from './cancellations.queue.js';
import type { CreateCancellationDto } from './create-cancellation.dto.js';
import type { DocumentSource } from './document-source.js';
import { strategyFor } from './strategy.js';

/** A stream as a request names it, or as it is known when the request comes. */
export interface RequestedStream {
  readonly streamName: string | null;
  readonly streamSid: string | null;
}

/** What all cancellations of one request have in common. */
export type RequestData = Omit<
  CancellationData,
  'streamName' | 'streamSid' | 'strategy' | 'mayUseStreamResource' | 'siblings' | 'isOneOfAll'
> &
  Required<Pick<CancellationData, 'strategy'>> & {
    /** Where its document is at present. */
    readonly source: DocumentSource;
  };

/** The field by which a request says what the call does next; null where it leaves that to the defaults. */
export const nextFieldOf = (request: CreateCancellationDto): string | null =>
  (['then', 'template', 'documentUrl'] as const).find((field) => request[field] !== undefined) ?? null;

/**
 * What one cancellation of a request is accepted as.
 *
 * @param field where the request names the stream
 * @throws {InvalidBodyError} the stream cannot be stopped as the request wants it
 */
export function dataFor(
  request: CreateCancellationDto,
  { source, ...data }: RequestData,
  { streamName, streamSid }: RequestedStream,
  field = 'streamSid',
): CancellationData {
  const wish = { strategy: data.strategy, streamName, streamSid, nextField: nextFieldOf(request) };
  const settled = strategyFor(wish);
  if ('fault' in settled) throw new InvalidBodyError([inField(settled.fault, field)]);
  const nameField = field === 'streamSid' ? 'streamName' : field;
  if (source.kind === 'foreign' && streamName !== null && data.strategy !== 'stream_resource')
    requireFit(
      source.documentUrl,
      { streamName, callSid: data.callSid },
      request.documentUrl === undefined ? nameField : 'documentUrl',
    );
  return { ...data, streamName, streamSid, mayUseStreamResource: settled.mayUseStreamResource };
}

function requireFit(documentUrl: string, values: DocumentUrlValues, field: string): void {
  const reason = unfitAddress(documentUrl, values);
  if (reason !== null)
    throw new InvalidBodyError([{ field, message: `${field} cannot be taken: ${reason}` }]);
}

const inField = (fault: Fault, field: string): Fault =>
  fault.field !== 'streamSid' || field === 'streamSid'
    ? fault
    : {
        field,
        message: `${field} is a stream whose SID no stream-started callback has told; strategy stream_resource needs it`,
      };

/** @throws {InvalidBodyError} one stream is named beside several */
export function refuseBoth({ streamName, streamSid }: CreateCancellationDto): void {
  const field = streamName === undefined ? 'streamSid' : 'streamName';
  if (streamName === undefined && streamSid === undefined) return;
  throw new InvalidBodyError([{ field, message: `${field} must be left out beside streamNames` }]);
}
