import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { streamKey } from '../../src/cancellation/keys.js';
import { stoppedMailbox } from '../../src/evidence/evidence.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { signForm } from '../../src/simulator/outgoing/signature.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const SIGNING_KEY = 'PSKtest';

const VARIABLES = {
  SIGNALWIRE_SIGNING_KEY: SIGNING_KEY,
  MAX_ATTEMPTS: '2',
  BACKOFF_CAP_MS: '50',
  BACKOFF_BASE_MS: '50',
  CONFIRMATION_TIMEOUT_MS: '1000',
  DEFAULT_THEN: JSON.stringify([{ pause: 600 }]),
};

describe('the required evidence', () => {
  let simulator: Simulator;
  let service: TestService;

  beforeAll(async () => {
    simulator = await startSimulator({ log: false, signingKey: SIGNING_KEY });
  });
  afterAll(() => simulator.close());
  afterEach(() => service.close());

  async function start(variables: Record<string, string>): Promise<void> {
    service = await startTestService({ ...VARIABLES, ...variables }, simulator);
  }

  const statusUrl = () => `${service.variables.PUBLIC_URL}/laml/stream-status`;

  /** Cancels the stream of a new call. */
  async function cancel({ reports = false, faults = [] }: { reports?: boolean; faults?: Fault[] } = {}) {
    const stream = { name: 'stream', ...(reports && { statusCallback: statusUrl() }) };
    const { sid } = simulator.createCall({ streams: [stream], faults });
    const { id } = await service.api.create({ callSid: sid, streamName: 'stream' });
    return { cancellation: await service.finished(id), callSid: sid };
  }

  const updates = (callSid: string) => simulator.call(callSid).updates;

  it('accepted comes with the answer to the POST, though nothing is fetched', async () => {
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

  it('document_fetched is there without a POST if the stream has stopped by itself', async () => {
    await start({});
    const { queue, api, finished } = service;
    const { sid: CallSid } = simulator.createCall({ streams: [{ name: 'stream' }] });
    await queue.queue.pause();
    const { id } = await api.create({ callSid: CallSid, streamName: 'stream' });
    await reportStopped(CallSid);
    await queue.queue.resume();
    expect(await finished(id)).toMatchObject({
      status: 'succeeded',
      evidence: 'stream_stopped',
      attempts: [],
    });
    expect(updates(CallSid)).toHaveLength(0);
  });

  describe('stream_stopped', () => {
    const REQUIRED = { REQUIRED_EVIDENCE: 'stream_stopped' };

    it('is a status callback; the fetch alone is not enough', async () => {
      await start(REQUIRED);
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

    it("is reported under the stream's name if SignalWire does not know its SID", async () => {
      await start({ ...REQUIRED, CONFIRMATION_TIMEOUT_MS: '10000', MAX_ATTEMPTS: '1' });
      const stream = { name: 'stream', statusCallback: statusUrl() };
      const { sid } = simulator.createCall({ streams: [stream] });
      const { id } = await service.api.create({ callSid: sid, streamName: 'stream', streamSid: 'wrong' });
      expect(await service.finished(id)).toMatchObject({
        status: 'succeeded',
        evidence: 'stream_stopped',
        attempts: [{ strategy: 'stream_resource' }, { strategy: 'update_call', outcome: 'accepted' }],
      });
    });

    it('does not follow from SignalWire no longer knowing the stream', async () => {
      await start(REQUIRED);
      const { sid } = simulator.createCall({
        streams: [{ name: 'stream', sid: 'stream-sid' }],
        faults: [
          { on: 'stream', drop: 'after' },
          { on: 'stream', stopped: 'unknown', times: 'always' },
        ],
      });
      const body = { callSid: sid, streamName: 'stream', streamSid: 'stream-sid' };
      const end: Cancellation = await service.finished((await service.api.create(body)).id);
      expect(end).toMatchObject({ status: 'failed', failure: { code: 'rejected' } });
      expect(simulator.call(sid)).toMatchObject({ updates: [], status: 'in-progress' });
    });
  });

  /** The call's stream reports its end. Resolves once that has been recorded. */
  async function reportStopped(CallSid: string): Promise<void> {
    const form = {
      AccountSid: simulator.projectId,
      CallSid,
      StreamName: 'stream',
      StreamEvent: 'stream-stopped',
    };
    const headers = { 'x-signalwire-signature': signForm(SIGNING_KEY, statusUrl(), form) };
    const told = await fetch(statusUrl(), { method: 'POST', body: new URLSearchParams(form), headers });
    expect(told.status).toBe(204);
    const key = streamKey({ project: 'default', callSid: CallSid, streamName: 'stream' });
    const redis = new Redis(service.variables.REDIS_URL);
    onTestFinished(() => redis.disconnect());
    const mailbox = stoppedMailbox(service.variables.QUEUE_PREFIX, key);
    await vi.waitFor(async () => expect(await redis.exists(mailbox)).toBe(1));
  }
});
