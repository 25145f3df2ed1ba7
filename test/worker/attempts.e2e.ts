import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../src/demo/free-port.js';
import { evidenceMailbox } from '../../src/evidence/evidence.js';
import type { CallStatus } from '../../src/simulator/calls/call-view.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

describe('the attempts of a cancellation', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({
      MAX_ATTEMPTS: '3',
      BACKOFF_BASE_MS: '20',
      BACKOFF_CAP_MS: '50',
      REQUEST_TIMEOUT_MS: '400',
      CONFIRMATION_TIMEOUT_MS: '400',
    });
  });
  afterAll(() => service.close());

  /** Cancels the stream of a call that meets `faults`, and waits for the end of it. */
  async function cancel(faults: Fault[], request: object = {}) {
    const { simulator, api, finished } = service;
    const call = simulator.createCall({ streams: [{ name: 'stream' }], faults });
    const { id } = await api.create({
      callSid: call.sid,
      streamName: 'stream',
      then: [{ pause: 600 }],
      ...request,
    });
    const cancellation = await finished(id);
    return { cancellation, call: simulator.call(call.sid) };
  }

  it('tries again after a 503, and shows both attempts', async () => {
    const { cancellation, call } = await cancel([{ status: 503 }]);
    expect(cancellation).toMatchObject({
      status: 'succeeded',
      attempts: [
        { number: 1, outcome: 'provider_error', httpStatus: 503 },
        { number: 2, outcome: 'accepted', httpStatus: 200 },
      ],
    });
    expect(call.updates).toHaveLength(2);
    expect(call.streams).toMatchObject([{ status: 'stopped' }]);
  });

  it.each<[Fault, string, number | null]>([
    [{ status: 500, body: 'html', times: 'always' }, 'provider_error', 500],
    [{ drop: 'before', times: 'always' }, 'unreachable', null],
    [{ latencyMs: 600, status: 503, times: 'always' }, 'timeout', null],
    [{ body: 'html', fetch: 'none', times: 'always' }, 'invalid_response', 200],
    [{ fetch: 'none', times: 'always' }, 'not_confirmed', 200],
  ])('gives up after MAX_ATTEMPTS on %j', async (fault, outcome, httpStatus) => {
    const { cancellation, call } = await cancel([fault]);
    expect(cancellation).toMatchObject({ status: 'failed', failure: { code: outcome }, nextAttemptAt: null });
    expect(cancellation.attempts.map((attempt) => [attempt.outcome, attempt.httpStatus])).toEqual(
      Array.from({ length: 3 }, () => [outcome, httpStatus]),
    );
    expect(call.updates).toHaveLength(3);
  });

  it.each<[Fault, string, string | null]>([
    [{ status: 400, code: 20422 }, 'rejected', '20422'],
    [{ status: 400, code: 21402 }, 'rejected', '21402'],
  ])('gives up at once on %j', async (fault, code, providerCode) => {
    const { cancellation, call } = await cancel([fault]);
    expect(cancellation).toMatchObject({
      status: 'failed',
      evidence: 'none',
      failure: { code },
      attempts: [{ outcome: code, providerCode }],
    });
    expect(call.updates).toHaveLength(1);
  });

  it('succeeds if the call is over, because nothing is left to stop', async () => {
    const { simulator, api, finished } = service;
    const call = simulator.createCall({ streams: [{ name: 'stream' }] });
    simulator.endCall(call.sid);
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream' });
    expect(await finished(id)).toMatchObject({
      status: 'succeeded',
      evidence: 'call_ended',
      attempts: [{ outcome: 'rejected', providerCode: '21220' }],
      failure: null,
    });
    expect(simulator.call(call.sid)).toMatchObject({ reads: 1, updates: [{ number: 1 }] });
  });

  it.each<Fault>([
    { status: 404 },
    { drop: 'before' },
    { latencyMs: 600, status: 503 },
    { body: 'html', fetch: 'none' },
  ])('reads the call after %j, and goes on if it is in progress', async (fault) => {
    const { cancellation, call } = await cancel([fault]);
    expect(cancellation).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(call).toMatchObject({ reads: 1, updates: [{ number: 1 }, { number: 2 }] });
  });

  it('does not read the call after a plain 5xx', async () => {
    const { call } = await cancel([{ status: 503 }, { status: 500 }]);
    expect(call.reads).toBe(0);
  });

  it('succeeds by a fetch though the answer to the POST was lost', async () => {
    const { cancellation, call } = await cancel([{ drop: 'after' }]);
    expect(cancellation).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(call.updates).toHaveLength(1);
  });

  it('does not replace an update whose answer was lost before its document is fetched', async () => {
    const { cancellation, call } = await cancel([{ drop: 'after', fetch: { delayMs: 250 } }]);
    expect(cancellation).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(call.updates).toHaveLength(1);
  });

  it('succeeds by a fetch that comes late, and sends nothing after it', async () => {
    // Later than the confirmation is awaited, sooner than the second attempt gives up.
    const { cancellation, call } = await cancel([{ fetch: { delayMs: 600 } }, { fetch: 'none' }]);
    expect(cancellation).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(cancellation.attempts[0]).toMatchObject({ outcome: 'not_confirmed' });
    expect(call.updates).toHaveLength(2);
  });

  it('fails with not_confirmed if the evidence cannot be read', async () => {
    const { simulator, api, finished, queue, variables } = service;
    const call = simulator.createCall({ faults: [{ fetch: 'none', latencyMs: 100, times: 'always' }] });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream' });
    const redis = new Redis(variables.REDIS_URL);
    await redis.lpush(evidenceMailbox(variables.QUEUE_PREFIX, id), 'no time');
    redis.disconnect();

    expect(await finished(id)).toMatchObject({ status: 'failed', failure: { code: 'not_confirmed' } });
    expect(simulator.call(call.sid).updates.length).toBeLessThanOrEqual(3);
    expect((await queue.queue.getJob(id))?.finishedOn).toBeDefined();
  });

  it('succeeds once if SignalWire fetches the document twice', async () => {
    const { cancellation, call } = await cancel([{ fetch: 'twice' }]);
    expect(cancellation).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'accepted' }] });
    expect(call.updates).toHaveLength(1);
  });

  // These run at once: none of them makes the project wait.

  it.concurrent('is not sent again if its worker lost the job after the document was fetched', async () => {
    const { simulator, api, finished, queue, variables } = service;
    const call = simulator.createCall({ streams: [{ name: 'stream' }], faults: [{ latencyMs: 300 }] });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream', then: [{ pause: 600 }] });
    await simulator.until(call.sid, ({ updates }) => updates.length === 1);
    const redis = new Redis(variables.REDIS_URL);
    expect(await redis.del(queue.queue.toKey(`${id}:lock`))).toBe(1);
    redis.disconnect();

    expect(await finished(id)).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(simulator.call(call.sid).updates).toHaveLength(1);
  });

  it.concurrent('gives up if SignalWire does not come to know the call', async () => {
    const { api, finished } = service;
    const { id } = await api.create({ callSid: 'no-such-call', streamName: 'stream' });
    const { status, failure, attempts } = await finished(id);
    expect([status, failure?.code]).toEqual(['failed', 'call_not_found']);
    // On a busy machine a read of the call can take too long; another attempt follows it.
    for (const attempt of attempts)
      expect(attempt).toMatchObject({ outcome: 'call_not_found', httpStatus: 404, providerCode: '20404' });
    expect(attempts).not.toEqual([]);
  });

  it.concurrent('goes on to its deadline through an outage that meets one call alone', async ({
    onTestFinished,
  }) => {
    const { simulator } = service;
    const endless = await startTestService({ BACKOFF_BASE_MS: '20', BACKOFF_CAP_MS: '50' }, simulator);
    onTestFinished(() => endless.close());
    const call = simulator.createCall({
      streams: [{ name: 'stream' }],
      faults: [{ status: 503, times: 20 }],
    });
    const { id } = await endless.api.create({ callSid: call.sid, streamName: 'stream' });
    const { status, attempts } = await endless.finished(id);
    expect([status, attempts.length]).toEqual(['succeeded', 21]);
  });

  it.concurrent('expires no earlier than its deadline if nobody listens at the space', async ({
    onTestFinished,
  }) => {
    const unreachable = await startTestService(
      { SIGNALWIRE_SPACE_URL: `http://127.0.0.1:${await freePort()}` },
      service.simulator,
    );
    onTestFinished(() => unreachable.close());
    const { id } = await unreachable.api.create({ callSid: 'call', streamName: 'stream', deadlineMs: 2000 });
    const { status, deadline, finishedAt } = await unreachable.finished(id);
    expect(status).toBe('expired');
    expect(Date.parse(finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(deadline));
  });

  it.concurrent('reads a ringing call instead of sending again, and stops the stream once it is answered', async ({
    onTestFinished,
  }) => {
    const { simulator } = service;
    const single = await startTestService({ MAX_ATTEMPTS: '1' }, simulator);
    onTestFinished(() => single.close());
    const call = simulator.createCall({ status: 'ringing', streams: [{ name: 'stream' }] });
    const { id } = await single.api.create({ callSid: call.sid, streamName: 'stream' });
    await simulator.until(call.sid, ({ reads }) => reads === 3);
    simulator.endCall(call.sid, 'in-progress');
    expect(await single.finished(id)).toMatchObject({
      status: 'succeeded',
      evidence: 'document_fetched',
      attempts: [{ outcome: 'rejected' }, { outcome: 'accepted' }],
    });
    expect(simulator.call(call.sid).updates).toHaveLength(2);
  });

  it.concurrent.each<[CallStatus, object]>([
    ['canceled', { status: 'succeeded', evidence: 'call_ended' }],
    ['no-answer', { status: 'succeeded', evidence: 'call_ended' }],
  ])('succeeds if a ringing call ends as %s', async (status, end) => {
    const { simulator, api, finished } = service;
    const call = simulator.createCall({ status: 'ringing' });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream' });
    await simulator.until(call.sid, ({ reads }) => reads === 2);
    simulator.endCall(call.sid, status);
    expect(await finished(id)).toMatchObject(end);
    expect(simulator.call(call.sid).updates).toHaveLength(1);
  });

  it.concurrent('expires if the call rings until the deadline', async () => {
    const { simulator, api, finished } = service;
    const call = simulator.createCall({ status: 'ringing' });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream', deadlineMs: 1500 });
    expect(await finished(id)).toMatchObject({ status: 'expired', failure: { code: 'rejected' } });
    expect(simulator.call(call.sid).updates).toHaveLength(1);
  });

  it.concurrent('expires at the deadline instead of starting an attempt after it', async ({
    onTestFinished,
  }) => {
    const { simulator } = service;
    const call = simulator.createCall({ faults: [{ latencyMs: 390, status: 503, times: 'always' }] });
    const slow = await startTestService(
      { BACKOFF_BASE_MS: '400', BACKOFF_CAP_MS: '400', MAX_ATTEMPTS: '100' },
      simulator,
    );
    onTestFinished(() => slow.close());
    const { id } = await slow.api.create({ callSid: call.sid, streamName: 'stream', deadlineMs: 1000 });

    const cancellation = await slow.finished(id);
    expect(cancellation).toMatchObject({ status: 'expired', failure: { code: 'provider_error' } });
    const deadline = Date.parse(cancellation.deadline);
    for (const { startedAt } of cancellation.attempts) expect(Date.parse(startedAt)).toBeLessThan(deadline);
  });

  it.concurrent('counts no attempt that never reached SignalWire towards MAX_ATTEMPTS', async ({
    onTestFinished,
  }) => {
    const port = await freePort();
    const limited = await startTestService(
      {
        MAX_ATTEMPTS: '1',
        BACKOFF_BASE_MS: '20',
        BACKOFF_CAP_MS: '200',
        SIGNALWIRE_SPACE_URL: `http://127.0.0.1:${port}`,
      },
      service.simulator,
    );
    onTestFinished(() => limited.close());
    const { id } = await limited.api.create({ callSid: 'call', streamName: 'stream' });
    await vi.waitFor(
      async () => expect((await limited.api.get(id)).attempts.length).toBeGreaterThan(2),
      20_000,
    );
    const late = await startSimulator({ port, log: false });
    onTestFinished(() => late.close());
    late.createCall({ sid: 'call', streams: [{ name: 'stream' }] });

    const { status, attempts } = await limited.finished(id);
    expect(status).toBe('succeeded');
    expect(attempts.at(0)).toMatchObject({ outcome: 'unreachable' });
  });
});
