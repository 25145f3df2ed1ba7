import { unfitAddress } from '../cxml/document-url.js';
import { InvalidBodyError } from '../platform/http/invalid-body.error.js';
import type { Project } from '../projects/project.js';
import type { Fault } from '../platform/validation/faults.js';
import type { CancellationData } from '../cancellation/data.js';
import type { CreateCancellationDto } from './create-cancellation.dto.js';
import type { DocumentSource } from '../cancellation/document-source.js';
import { strategyFor } from '../cancellation/strategy.js';

/** A stream as a request names it, or as it is known when the request comes. */
export interface RequestedStream {
  readonly streamName: string | null;
  readonly streamSid: string | null;
}

/** What all cancellations of one request have in common. */
export type RequestData = Omit<
  CancellationData,
  'streamName' | 'streamSid' | 'strategy' | 'mayUseStreamResource' | 'siblings' | 'isOneOfAll' | 'keyed'
> &
  Required<Pick<CancellationData, 'strategy'>>;

/** A request, with all that it leaves to the defaults. */
export interface AcceptedRequest {
  readonly request: CreateCancellationDto;
  readonly project: Project;
  readonly data: RequestData;
  /** Where its document is at present. */
  readonly source: DocumentSource;
}

/** The field by which a request says what the call does next; null where it leaves that to the defaults. */
export const nextFieldOf = (request: CreateCancellationDto): string | null =>
  (['then', 'template', 'documentUrl'] as const).find((field) => request[field] !== undefined) ?? null;

/**
 * What one cancellation of a request is accepted as.
 *
 * @throws {InvalidBodyError} the stream cannot be stopped as the request wants it
 */
export function dataFor(accepted: AcceptedRequest, stream: RequestedStream): CancellationData {
  const settled = settle(accepted, stream, 'streamSid');
  if ('fault' in settled) throw new InvalidBodyError([settled.fault]);
  return settled.data;
}

/**
 * The same for each of several streams.
 *
 * @throws {InvalidBodyError} it names every one that cannot be stopped as the request wants it
 */
export function dataForAll(
  accepted: AcceptedRequest,
  streams: readonly RequestedStream[],
): CancellationData[] {
  const settled = streams.map((stream, index) => settle(accepted, stream, `streamNames[${index}]`));
  const faults = settled.flatMap((one) => ('fault' in one ? [one.fault] : []));
  // What is wrong with the request as a whole is wrong with each.
  if (faults.length > 0)
    throw new InvalidBodyError([...new Map(faults.map((fault) => [fault.field, fault])).values()]);
  return settled.flatMap((one) => ('data' in one ? [one.data] : []));
}

/** @param field where a SID that is not known is missed */
function settle(
  { request, data, source }: AcceptedRequest,
  { streamName, streamSid }: RequestedStream,
  field: string,
): { readonly data: CancellationData } | { readonly fault: Fault } {
  const wish = { strategy: data.strategy, streamName, streamSid, nextField: nextFieldOf(request) };
  const settled = strategyFor(wish);
  if ('fault' in settled)
    return { fault: settled.fault === 'sid_unknown' ? sidUnknown(field) : settled.fault };
  if (source.kind === 'foreign' && streamName !== null && data.strategy !== 'stream_resource') {
    const values = { streamName, callSid: data.callSid };
    const nameField = field === 'streamSid' ? 'streamName' : field;
    const named = request.documentUrl === undefined ? nameField : 'documentUrl';
    const reason = unfitAddress(source.documentUrl, values);
    if (reason !== null) return { fault: { field: named, message: `${named} cannot be taken: ${reason}` } };
  }
  // As in `data`, what is empty is left out; V8 takes ten times as long where the spread comes first.
  const mayUseStreamResource = settled.mayUseStreamResource || undefined;
  return { data: { streamName, streamSid: streamSid ?? undefined, mayUseStreamResource, ...data } };
}

const sidUnknown = (field: string): Fault => ({
  field,
  message: `${field}: strategy stream_resource needs the SID of the stream, which neither streamSid nor a stream-started callback has told`,
});

/** @throws {InvalidBodyError} one stream is named beside several */
export function refuseBoth({ streamName, streamSid }: CreateCancellationDto): void {
  const field = streamName === undefined ? 'streamSid' : 'streamName';
  if (streamName === undefined && streamSid === undefined) return;
  throw new InvalidBodyError([{ field, message: `${field} must be left out beside streamNames` }]);
}
