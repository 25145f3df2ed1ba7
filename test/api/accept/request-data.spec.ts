import { describe, expect, it } from 'vitest';
import type { CreateCancellationDto } from '../../../src/api/requests/create-cancellation.dto.js';
import { dataFor, dataForAll } from '../../../src/api/accept/request-data.js';
import type { RequestContext, RequestedStream, SharedData } from '../../../src/api/accept/request-data.js';
import { InvalidBodyError } from '../../../src/platform/http/body/invalid-body.error.js';
import type { DocumentSource } from '../../../src/cancellation/document-source.js';
import type { Fault } from '../../../src/platform/validation/faults.js';

const request: CreateCancellationDto = { callSid: 'call', streamNames: 'all' };
const data: SharedData = {
  project: 'default',
  callSid: 'call',
  strategy: 'stream_resource',
  then: [],
  createdAt: 1,
  deadline: 2,
};

const context = (
  request: CreateCancellationDto,
  source: DocumentSource = { kind: 'verbs' },
  more: Partial<SharedData> = {},
): RequestContext => ({ request, data: { ...data, ...more }, source });

const stream = (streamName: string, streamSid: string | null): RequestedStream => ({ streamName, streamSid });

function faultsOf(accept: () => unknown): readonly Fault[] {
  try {
    accept();
  } catch (error) {
    if (error instanceof InvalidBodyError) return error.faults;
  }
  return [];
}

const RULE =
  'strategy stream_resource needs the SID of the stream; the request has no streamSid, and no stream-started callback has told it';

describe('a request for several streams', () => {
  it('becomes one cancellation per stream, in order', () => {
    const streams = [stream('a', 'sid-a'), stream('b', 'sid-b')];
    expect(dataForAll(context(request), streams)).toMatchObject(streams);
  });

  it('is refused with every stream that cannot be stopped', () => {
    const streams = [stream('a', null), stream('b', 'sid-b'), stream('c', null)];
    expect(faultsOf(() => dataForAll(context(request), streams))).toEqual([
      { field: 'streamNames[0]', message: `streamNames[0]: ${RULE}` },
      { field: 'streamNames[2]', message: `streamNames[2]: ${RULE}` },
    ]);
  });

  it('is refused with one fault for what is wrong with the request as a whole', () => {
    const wrong: CreateCancellationDto = { callSid: 'call', streamNames: 'all', then: [] };
    const streams = [stream('a', 'sid-a'), stream('b', 'sid-b')];
    expect(faultsOf(() => dataForAll(context(wrong), streams))).toMatchObject([{ field: 'then' }]);
  });

  describe('with a document elsewhere, which stops one stream', () => {
    const elsewhere: DocumentSource = { kind: 'foreign', documentUrl: 'https://e.com/?n={streamName}' };
    const auto = context(request, elsewhere, { strategy: 'auto' });

    it('is refused if two of the streams need a document', () => {
      const streams = [stream('a', null), stream('b', 'sid-b'), stream('c', null)];
      expect(faultsOf(() => dataForAll(auto, streams))).toMatchObject([
        { field: 'streamNames', message: expect.stringContaining('has 2 streams') as string },
      ]);
    });

    it('is accepted if only one of them does', () => {
      expect(dataForAll(auto, [stream('a', null), stream('b', 'sid-b')])).toHaveLength(2);
    });
  });
});

it('a request for one stream whose SID is unknown is refused in the same words', () => {
  expect(faultsOf(() => dataFor(context(request), stream('a', null)))).toEqual([
    { field: 'streamSid', message: `streamSid: ${RULE}` },
  ]);
});
