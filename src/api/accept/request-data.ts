import type { CancellationData } from '../../cancellation/data.js';
import type { DocumentSource } from '../../cancellation/document-source.js';
import { mayUseStreamResource, strategyFault } from '../../cancellation/strategy.js';
import { unfitAddress } from '../../cxml/document-url.js';
import { InvalidBodyError } from '../../platform/http/body/invalid-body.error.js';
import type { Fault } from '../../platform/validation/faults.js';
import type { CreateCancellationDto } from '../requests/create-cancellation.dto.js';

/** A stream as a request names it, with its SID if that is known. */
export interface RequestedStream {
  readonly streamName: string | null;
  readonly streamSid: string | null;
}

/** The fields that all cancellations of one request share. */
export type SharedData = Omit<CancellationData, 'streamName' | 'streamSid' | 'isOneOfAll'>;

/** A request after its defaults have been filled in. */
export interface RequestContext {
  readonly request: CreateCancellationDto;
  readonly data: SharedData;
  /** Where the stop document comes from as the project is configured now. */
  readonly source: DocumentSource;
}

/**
 * The cancellation of a request for one stream.
 *
 * @throws {InvalidBodyError} the stream cannot be stopped in the way the request asks for
 */
export function dataFor(context: RequestContext, stream: RequestedStream): CancellationData {
  const fault = faultIn(context, stream, 'streamSid');
  if (fault !== null) throw new InvalidBodyError([fault]);
  return dataOf(context, stream);
}

/**
 * The cancellations of a request for several streams, one per stream, in order.
 *
 * @throws {InvalidBodyError} names every stream that cannot be stopped in the way the request asks for
 */
export function dataForAll(context: RequestContext, streams: readonly RequestedStream[]): CancellationData[] {
  const faults = streams
    .map((stream, index) => faultIn(context, stream, `streamNames[${index}]`))
    .filter((fault) => fault !== null);
  // A fault of the request as a whole is reported once, not once per stream.
  if (faults.length > 0)
    throw new InvalidBodyError([...new Map(faults.map((fault) => [fault.field, fault])).values()]);
  const data = streams.map((stream) => dataOf(context, stream));
  const byDocument = data.filter((one) => !mayUseStreamResource(one) || !one.streamSid);
  // A second update of the call, before it has fetched the first document, would undo the first.
  if (context.source.kind === 'foreign' && byDocument.length > 1)
    throw new InvalidBodyError([oneByOne(byDocument.length)]);
  return data;
}

/** @throws {InvalidBodyError} the request names one stream beside several */
export function refuseOneBesideSeveral({ streamName, streamSid }: CreateCancellationDto): void {
  const field = streamName === undefined ? 'streamSid' : 'streamName';
  if (streamName === undefined && streamSid === undefined) return;
  throw new InvalidBodyError([{ field, message: `${field} must be left out beside streamNames` }]);
}

/** @param field blamed for an unknown SID */
function faultIn(
  { request, data, source }: RequestContext,
  { streamName, streamSid }: RequestedStream,
  field: string,
): Fault | null {
  const { strategy = 'auto' } = data;
  const fault = strategyFault({ strategy, streamName, streamSid, nextField: nextFieldOf(request) });
  if (fault !== null) return fault === 'sid_unknown' ? sidUnknown(field) : fault;
  if (source.kind !== 'foreign' || streamName === null || data.strategy === 'stream_resource') return null;
  const reason = unfitAddress(source.documentUrl, { streamName, callSid: data.callSid });
  const nameField = field === 'streamSid' ? 'streamName' : field;
  const blamed = request.documentUrl === undefined ? nameField : 'documentUrl';
  return reason === null ? null : { field: blamed, message: `${blamed} cannot be taken: ${reason}` };
}

/** Empty optional fields are omitted: each would take memory for as long as the cancellation is kept. */
const dataOf = ({ data }: RequestContext, { streamName, streamSid }: RequestedStream): CancellationData => ({
  ...data,
  streamName,
  streamSid: streamSid ?? undefined,
});

/** The field by which a request says what the call does next; null if it leaves that to the defaults. */
const nextFieldOf = (request: CreateCancellationDto): string | null =>
  (['then', 'template', 'documentUrl'] as const).find((field) => request[field] !== undefined) ?? null;

const sidUnknown = (field: string): Fault => ({
  field,
  message: `${field}: strategy stream_resource needs the SID of the stream; the request has no streamSid, and no stream-started callback has told it`,
});

const oneByOne = (count: number): Fault => ({
  field: 'streamNames',
  message:
    `streamNames has ${count} streams that only a document can stop, and the project's DOCUMENT_URL stops one: ` +
    'name each as streamName, in a request after the one before has ended, or say with then what the call does next',
});
