import type { CancellationView } from '../cancellation/view.js';

const CALL_SID = '2b5c9f5e-8f0c-4b47-9a52-6f6f1c2f8d11';
const STREAM = { callSid: CALL_SID, streamName: 'stream' };

/** A cancellation that was just accepted. */
export const QUEUED: CancellationView = {
  id: '01a227ee-b6ad-77bc-96db-7cd81bad9fee',
  project: 'default',
  callSid: CALL_SID,
  streamName: 'stream',
  streamSid: null,
  strategy: 'auto',
  status: 'queued',
  evidence: 'none',
  attempts: [],
  createdAt: '2026-01-31T09:00:00.000Z',
  deadline: '2026-01-31T09:01:00.000Z',
  acceptedAt: null,
  documentFetchedAt: null,
  saidStoppedAt: null,
  streamStoppedAt: null,
  finishedAt: null,
  nextAttemptAt: null,
  waitingFor: null,
  failure: null,
  warnings: [
    {
      code: 'call_ends',
      message: 'the document ends after the stop and the verbs in then, which ends the call',
    },
  ],
  requestedBy: 'billing',
  requestId: 'job-17',
  traceId: null,
  retryOf: null,
  then: [{ say: 'Stopping stream' }],
  template: null,
  documentUrl: null,
  deadlineMs: 60_000,
  callbacks: [],
};

/** The same, once SignalWire has fetched its document. */
export const SUCCEEDED: CancellationView = {
  ...QUEUED,
  status: 'succeeded',
  evidence: 'document_fetched',
  attempts: [
    {
      number: 1,
      strategy: 'update_call',
      startedAt: '2026-01-31T09:00:00.004Z',
      durationMs: 83,
      outcome: 'accepted',
      httpStatus: 200,
      providerCode: null,
      message: null,
    },
  ],
  acceptedAt: '2026-01-31T09:00:00.087Z',
  documentFetchedAt: '2026-01-31T09:00:00.121Z',
  finishedAt: '2026-01-31T09:00:00.125Z',
};

export const WITHDRAWN: CancellationView = {
  ...QUEUED,
  status: 'withdrawn',
  finishedAt: '2026-01-31T09:00:02.000Z',
};

/** As OpenAPI has them. */
type Examples = Readonly<Record<string, { readonly summary: string; readonly value: object }>>;

/** Bodies that `POST /cancellations` accepts as they are. */
export const REQUEST_EXAMPLES: Examples = {
  byName: { summary: 'a stream by its name', value: STREAM },
  withThen: {
    summary: 'what the call does next',
    value: {
      ...STREAM,
      then: [{ say: 'One moment, please' }, { redirect: 'https://app.example.com/flow' }],
      deadlineMs: 30_000,
    },
  },
  bySid: {
    summary: 'a stream by its SID',
    value: { callSid: CALL_SID, streamSid: '0f7c3c1a-5b1e-4d38-9d0e-2f7a0c9d8e11' },
  },
  several: {
    summary: 'several streams of a call',
    value: { callSid: CALL_SID, streamNames: ['agent', 'caller'] },
  },
};

export const BATCH_EXAMPLES: Examples = {
  batch: {
    summary: 'streams of two calls',
    value: { cancellations: [STREAM, { ...STREAM, callSid: '7d1f0f0e-3f0c-4b7e-8d7a-0b6a5c1e9f22' }] },
  },
};

/** Bodies of bulk requests. */
export const BULK_EXAMPLES: Examples = {
  dryRun: {
    summary: 'only counts what matches',
    value: { project: ['default'], createdAfter: '2026-01-31T09:00:00Z', dryRun: true },
  },
  byCall: { summary: 'everything of one call', value: { callSid: CALL_SID } },
};
