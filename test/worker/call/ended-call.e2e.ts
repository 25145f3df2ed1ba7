import { describe, expect, it, onTestFinished } from 'vitest';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { json, startSpace } from './fixtures/space.js';

async function start(variables: Record<string, string>): Promise<TestService> {
  const service = await startTestService(variables);
  onTestFinished(() => service.close());
  return service;
}

describe('a call that ends after SignalWire has accepted the update', () => {
  it.each<[string, Record<string, string>, object]>([
    ['the deadline', { CONFIRMATION_TIMEOUT_MS: '2000' }, { deadlineMs: 1000 }],
    ['MAX_ATTEMPTS', { CONFIRMATION_TIMEOUT_MS: '500', MAX_ATTEMPTS: '1' }, {}],
  ])('is read before %s ends the retries, and nothing is left to stop', async (_, variables, request) => {
    const { simulator, api, finished } = await start(variables);
    const call = simulator.createCall({ streams: [{ name: 'stream' }], faults: [{ fetch: 'none' }] });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream', ...request });
    await simulator.until(call.sid, ({ updates }) => updates.some(({ answeredAt }) => answeredAt !== null));
    simulator.endCall(call.sid);

    expect(await finished(id)).toMatchObject({
      status: 'succeeded',
      evidence: 'call_ended',
      attempts: [{ outcome: 'not_confirmed' }],
      failure: null,
      warnings: [{ code: 'call_ends' }, { code: 'call_ended_after_update' }],
    });
    expect(simulator.call(call.sid)).toMatchObject({ reads: 1, updates: [{ number: 1 }] });
    const metrics = await (await api.request('/metrics')).text();
    expect(metrics).toContain('streamstop_cancellations_total{status="succeeded",evidence="call_ended"} 1\n');
    expect(metrics).toContain('streamstop_call_ended_after_update_total{project="default"} 1\n');
  });

  it('is known as over from the status in the answer', async () => {
    const call = json(200, { sid: 'call', status: 'completed' });
    const space = await startSpace({ post: call, get: call });
    const { api, finished } = await start({ SIGNALWIRE_SPACE_URL: space.url });
    const { id } = await api.create({ callSid: 'call', streamName: 'stream' });
    expect(await finished(id)).toMatchObject({
      status: 'succeeded',
      evidence: 'call_ended',
      attempts: [{ outcome: 'accepted' }],
      warnings: [{ code: 'call_ends' }],
    });
    expect(space.asked).toEqual({ posts: 1, reads: 0 });
  });

  it('fails as not confirmed where the call goes on', async () => {
    const { simulator, api, finished } = await start({ CONFIRMATION_TIMEOUT_MS: '500', MAX_ATTEMPTS: '1' });
    const call = simulator.createCall({ streams: [{ name: 'stream' }], faults: [{ fetch: 'none' }] });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream' });
    expect(await finished(id)).toMatchObject({ status: 'failed', failure: { code: 'not_confirmed' } });
  });
});
