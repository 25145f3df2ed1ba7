import { describe, expect, it } from 'vitest';
import type { CreateCancellationDto } from '../../src/api/create-cancellation.dto.js';
import { dataFor, dataForAll } from '../../src/api/request-data.js';
import type { AcceptedRequest, RequestData, RequestedStream } from '../../src/api/request-data.js';
import { InvalidBodyError } from '../../src/platform/http/invalid-body.error.js';
import type { Project } from '../../src/projects/project.js';
import type { Fault } from '../../src/platform/validation/faults.js';

const request: CreateCancellationDto = { callSid: 'call', streamNames: 'all' };
const data: RequestData = {
  project: 'default',
  callSid: 'call',
  strategy: 'stream_resource',
  then: [],
  createdAt: 1,
  deadline: 2,
};

const accepted = (request: CreateCancellationDto): AcceptedRequest => ({
  request,
  project: { name: 'default' } as Project,
  data,
  source: { kind: 'verbs' },
});

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
  'strategy stream_resource needs the SID of the stream, which neither streamSid nor a stream-started callback has told';

describe('what several streams are accepted as', () => {
  it('is one each, in order', () => {
    const streams = [stream('a', 'sid-a'), stream('b', 'sid-b')];
    expect(dataForAll(accepted(request), streams)).toMatchObject(streams);
  });

  it('is refused with all that are at fault', () => {
    const streams = [stream('a', null), stream('b', 'sid-b'), stream('c', null)];
    expect(faultsOf(() => dataForAll(accepted(request), streams))).toEqual([
      { field: 'streamNames[0]', message: `streamNames[0]: ${RULE}` },
      { field: 'streamNames[2]', message: `streamNames[2]: ${RULE}` },
    ]);
  });

  it('is refused once for what is wrong with all of them', () => {
    const wrong: CreateCancellationDto = { callSid: 'call', streamNames: 'all', then: [] };
    const streams = [stream('a', 'sid-a'), stream('b', 'sid-b')];
    expect(faultsOf(() => dataForAll(accepted(wrong), streams))).toMatchObject([{ field: 'then' }]);
  });
});

it('one stream by a SID that is not known is refused in the same words', () => {
  expect(faultsOf(() => dataFor(accepted(request), stream('a', null)))).toEqual([
    { field: 'streamSid', message: `streamSid: ${RULE}` },
  ]);
});
