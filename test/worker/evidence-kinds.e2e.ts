import { Redis } from 'ioredis';
import { afterEach, beforeAll, afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { EMPTY_RECORD } from '../../src/cancellation/record.js';
import type { Attempt, CancellationRecord } from '../../src/cancellation/record.js';
import { streamKey } from '../../src/cancellation/keys.js';
import { stoppedMailbox } from '../../src/evidence/evidence.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const STAY = [{ pause: 600 }];

describe('the evidence that is required', () => {
  let simulator: Simulator;
  let service: TestService;

  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
  });
  afterAll(() => simulator.close());
  afterEach(() => service.close());

  async function start(variables: Record<string, string>): Promise<void> {
    service = await startTestService(
      {
        MAX_ATTEMPTS: '2',
        BACKOFF_CAP_MS: '50',
        BACKOFF_BASE_MS: '50',
        CONFIRMATION_TIMEOUT_MS: '1000',
        DEFAULT_THEN: JSON.stringify(STAY),
        ...variables,
      },
      simulator,
    );
  }

  async function cancel(
    call: { reports?: boolean; faults?: Fault[]; streamName?: string } = {},
  ): Promise<{ cancellation: Cancellation; callSid: string }> {
    const { faults = [], reports = false, streamName = 'stream' } = call;
    const statusCallback = `${service.variables.PUBLIC_URL}/laml/stream-status`;
    const { sid } = simulator.createCall({
      streams: [{ name: streamName, ...(reports && { statusCallback }) }],
      faults,
    });
    const { id } = await service.api.create({ callSid: sid, streamName });
    return { cancellation: await service.finished(id), callSid: sid };
  }

  const updates = (callSid: string) => simulator.call(callSid).updates;

  it('stream_stopped: is that of the name where SignalWire does not know the SID', async () => {
    await start({ REQUIRED_EVIDENCE: 'stream_stopped', CONFIRMATION_TIMEOUT_MS: '10000', MAX_ATTEMPTS: '1' });
    const statusCallback = `${service.variables.PUBLIC_URL}/laml/stream-status`;
    const { sid } = simulator.createCall({ streams: [{ name: 'stream', statusCallback }] });
    const { id } = await service.api.create({ callSid: sid, streamName: 'stream', streamSid: 'wrong' });
    expect(await service.finished(id)).toMatchObject({
      status: 'succeeded',
      evidence: 'stream_stopped',
      attempts: [{ strategy: 'stream_resource' }, { strategy: 'update_call', outcome: 'accepted' }],
    });
  });

  it('accepted: is there with the answer to the POST, though nothing was fetched', async () => {
    await start({ REQUIRED_EVIDENCE: 'accepted' });
    const { cancellation, callSid } = await cancel({ faults: [{ fetch: 'none' }] });
    expect(cancellation).toMatchObject({
      status: 'succeeded',
      evidence: 'accepted',
      documentFetchedAt: null,
      attempts: [{ outcome: 'accepted' }],
    });
    expect(cancellation.acceptedAt).not.toBeNull();
    expect(updates(callSid)).toHaveLength(1);
  });

  it('stream_stopped: is the status callback, the fetch alone is not enough', async () => {
    await start({ REQUIRED_EVIDENCE: 'stream_stopped' });
    const { cancellation } = await cancel({ reports: true });
    expect(cancellation).toMatchObject({ status: 'succeeded', evidence: 'stream_stopped' });
    const { documentFetchedAt, streamStoppedAt } = cancellation;
    expect(Date.parse(streamStoppedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(documentFetchedAt ?? ''));

    const silent = await cancel();
    expect(silent.cancellation).toMatchObject({
      status: 'failed',
      evidence: 'document_fetched',
      failure: { code: 'not_confirmed', message: expect.stringContaining('status callback') as string },
    });
    expect(updates(silent.callSid)).toHaveLength(2);
  });

  it('stream_stopped: is not that SignalWire knows no such stream any more', async () => {
    await start({ REQUIRED_EVIDENCE: 'stream_stopped' });
    const { sid } = simulator.createCall({
      streams: [{ name: 'stream', sid: 'stream-sid' }],
      faults: [
        { on: 'stream', drop: 'after' },
        { on: 'stream', stopped: 'unknown', times: 'always' },
      ],
    });
    const body = { callSid: sid, streamName: 'stream', streamSid: 'stream-sid' };
    const { id } = await service.api.create(body);
    expect(await service.finished(id)).toMatchObject({ status: 'failed', failure: { code: 'rejected' } });
    expect(simulator.call(sid)).toMatchObject({ updates: [], status: 'in-progress' });
  });

  it('document_fetched: a stream that stopped by itself needs no POST any more', async () => {
    await start({});
    const { queue, api, urls, finished } = service;
    const { sid: CallSid } = simulator.createCall({ streams: [{ name: 'stream' }] });
    await queue.queue.pause();
    const { id } = await api.create({ callSid: CallSid, streamName: 'stream' });
    const told = await fetch(`${urls.documents}/laml/stream-status`, {
      method: 'POST',
      body: new URLSearchParams({
        AccountSid: simulator.projectId,
        CallSid,
        StreamName: 'stream',
        StreamEvent: 'stream-stopped',
      }),
    });
    expect(told.status).toBe(204);
    const key = streamKey({ project: 'default', callSid: CallSid, streamName: 'stream' });
    const redis = new Redis(service.variables.REDIS_URL);
    onTestFinished(() => redis.disconnect());
    await vi.waitFor(async () =>
      expect(await redis.exists(stoppedMailbox(service.variables.QUEUE_PREFIX, key))).toBe(1),
    );
    await queue.queue.resume();
    expect(await finished(id)).toMatchObject({
      status: 'succeeded',
      evidence: 'stream_stopped',
      attempts: [],
    });
    expect(updates(CallSid)).toHaveLength(0);
  });

  describe('with a DOCUMENT_URL', () => {
    it.each(['stream', 'a name & more/+ü'])(
      "counts the fetches of the project's own XML Bin (%s)",
      async (streamName) => {
        const bin = simulator.createBin(
          '<Response><Stop><Stream name="{{STREAMNAME}}"/></Stop><Pause length="600"/></Response>',
        );
        await start({ DOCUMENT_URL: `${bin.url}?STREAMNAME={streamName}` });
        const { cancellation, callSid } = await cancel({ streamName });
        expect(cancellation).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
        expect(simulator.call(callSid)).toMatchObject({
          streams: [{ status: 'stopped' }],
          fetches: [{ role: 'url', url: expect.stringContaining('/laml-bins/') as string }],
        });
      },
    );

    it('tries again where its own XML Bin was not fetched', async () => {
      const bin = simulator.createBin('<Response><Stop><Stream name="{{STREAMNAME}}"/></Stop></Response>');
      await start({ DOCUMENT_URL: `${bin.url}?STREAMNAME={streamName}` });
      const { cancellation } = await cancel({ faults: [{ fetch: 'none' }] });
      expect(cancellation).toMatchObject({
        status: 'succeeded',
        evidence: 'document_fetched',
        attempts: [{ outcome: 'not_confirmed' }, { outcome: 'accepted' }],
      });
    });

    it('is not asked for it where the request says what the call does next', async () => {
      await start({ DOCUMENT_URL: 'http://127.0.0.1:9/no-server?{streamName}' });
      const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
      const then = [{ say: 'Hold the line' }, ...STAY];
      const { id } = await service.api.create({ callSid: sid, streamName: 'stream', then });
      expect(await service.finished(id)).toMatchObject({
        status: 'succeeded',
        evidence: 'document_fetched',
      });
      const { said } = await simulator.until(sid, ({ verbs }) => verbs.at(-1)?.name === 'Pause');
      expect(said).toEqual(['Hold the line']);
      expect(simulator.call(sid).fetches.map(({ role }) => role)).toEqual(['url']);
    });

    describe('of a server that it knows nothing of', () => {
      let elsewhere: Simulator;
      beforeAll(async () => {
        elsewhere = await startSimulator({ log: false });
      });
      afterAll(() => elsewhere.close());
      const DOCUMENT =
        '<Response><Stop><Stream name="{{STREAMNAME}}"/></Stop><Pause length="600"/></Response>';
      const startElsewhere = () =>
        start({ DOCUMENT_URL: `${elsewhere.createBin(DOCUMENT).url}?STREAMNAME={streamName}` });

      it('is given the time to answer before the next update of the call', async () => {
        await startElsewhere();
        const names = ['a', 'b', 'c'];
        const { sid } = simulator.createCall({
          streams: names.map((name) => ({ name })),
          faults: [{ fetch: { delayMs: 300 }, times: 'always' }],
        });
        const accepted = await Promise.all(
          names.map((streamName) => service.api.create({ callSid: sid, streamName })),
        );
        for (const { id } of accepted)
          expect(await service.finished(id)).toMatchObject({ status: 'succeeded', evidence: 'accepted' });
        const { streams } = await simulator.until(sid, ({ fetches }) => fetches.length === 3);
        await simulator.until(sid, ({ verbs }) => verbs.filter(({ name }) => name === 'Pause').length === 3);
        expect(streams).toHaveLength(3);
        expect(simulator.call(sid).streams.every(({ status }) => status === 'stopped')).toBe(true);
      });

      it('has said all with its 2xx, even where the worker was lost just after it', async () => {
        await startElsewhere();
        const { queue } = service.queue;
        await queue.pause();
        const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
        const { id } = await service.api.create({ callSid: sid, streamName: 'stream' });
        const startedAt = Date.now();
        const attempt: Attempt = {
          number: 1,
          strategy: 'update_call',
          startedAt,
          durationMs: 5,
          outcome: 'accepted',
          httpStatus: 200,
          providerCode: null,
          message: null,
          mayHaveArrived: true,
        };
        const record: CancellationRecord = {
          ...EMPTY_RECORD,
          attempts: [attempt],
          acceptedAt: startedAt + 5,
          isDocumentElsewhere: true,
        };
        await (await queue.getJob(id))?.updateProgress(record);
        await queue.resume();
        expect(await service.finished(id)).toMatchObject({
          status: 'succeeded',
          attempts: [{ outcome: 'accepted' }],
        });
        expect(updates(sid)).toEqual([]);
      });
    });

    it('has no evidence beyond accepted from a server that it knows nothing of', async () => {
      const elsewhere = await startSimulator({ log: false });
      const bin = elsewhere.createBin(
        '<Response><Stop><Stream name="{{STREAMNAME}}"/></Stop><Pause length="600"/></Response>',
      );
      await start({ DOCUMENT_URL: `${bin.url}?STREAMNAME={streamName}` });
      const { cancellation, callSid } = await cancel();
      expect(cancellation).toMatchObject({
        status: 'succeeded',
        evidence: 'accepted',
        documentFetchedAt: null,
      });
      await simulator.until(callSid, ({ streams }) => streams[0]?.status === 'stopped');
      await elsewhere.close();
    });

    it('falls back to our own document where the other server fails', async () => {
      await start({ DOCUMENT_URL: 'http://127.0.0.1:9/no-server?{streamName}' });
      const { callSid } = await cancel();
      await simulator.until(callSid, ({ streams }) => streams[0]?.status === 'stopped');
      expect(simulator.call(callSid).fetches.map(({ role }) => role)).toEqual(['url', 'fallbackUrl']);
    });
  });
});
