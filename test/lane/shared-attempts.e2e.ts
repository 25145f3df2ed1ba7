import { describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { testAttempt, testRecord } from '../cancellation/fixtures/cancellation.js';
import { startTestService } from '../support/service.js';

const STAY = [{ pause: 600 }];
const COMPANION_DEADLINE_MS = 3000;

async function start(variables: Record<string, string>) {
  const service = await startTestService(variables);
  onTestFinished(() => service.close());
  return service;
}

const attemptsCounted = (metrics: string) =>
  metrics.split('\n').filter((line) => line.startsWith('streamstop_attempts_total') && !line.endsWith(' 0'));

describe('a cancellation whose deadline passes while another one sends its update', () => {
  it.each<[string, Fault, object]>([
    [
      'succeeds if the update is accepted',
      { latencyMs: 4500 },
      { status: 'succeeded', evidence: 'document_fetched', attempts: [{ number: 1, outcome: 'accepted' }] },
    ],
    [
      'lists the attempt if it is refused',
      { latencyMs: 4500, status: 503 },
      { status: 'expired', attempts: [{ number: 1, outcome: 'provider_error', httpStatus: 503 }] },
    ],
  ])('%s', async (_, fault, expected) => {
    const { simulator, api, queue, finished } = await start({ REQUEST_TIMEOUT_MS: '10000' });
    const streams = [{ name: 'first' }, { name: 'second' }];
    const call = simulator.createCall({ streams, faults: [fault] });
    await queue.queue.pause();
    await api.create({ callSid: call.sid, streamName: 'first', then: STAY });
    const { id } = await api.create({
      callSid: call.sid,
      streamName: 'second',
      then: STAY,
      deadlineMs: COMPANION_DEADLINE_MS,
    });
    await queue.queue.resume();
    expect(await finished(id)).toMatchObject(expected);
  });
});

it('a run that only awaits the evidence of an earlier POST counts no attempt', async () => {
  const { simulator, api, queue, finished } = await start({ CONFIRMATION_TIMEOUT_MS: '500' });
  const call = simulator.createCall({ streams: [{ name: 'stream' }] });
  await queue.queue.pause();
  const { id } = await api.create({ callSid: call.sid, streamName: 'stream' });
  const sent = testRecord({ attempts: [testAttempt({ startedAt: Date.now() })], acceptedAt: Date.now() });
  await (await queue.queue.getJob(id))?.updateProgress(sent);
  await queue.queue.resume();
  expect(await finished(id)).toMatchObject({
    status: 'succeeded',
    attempts: [{ outcome: 'not_confirmed' }, { outcome: 'accepted' }],
  });
  expect(attemptsCounted(await (await api.request('/metrics')).text())).toEqual([
    'streamstop_attempts_total{outcome="accepted",strategy="update_call"} 1',
  ]);
});
