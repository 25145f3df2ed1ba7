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

  it.each<[string, Record<string, string>]>([
    ['an unconfirmed last attempt', { MAX_ATTEMPTS: '1' }],
    ['another attempt, which is refused for the same reason', {}],
  ])('is known as over where SignalWire no longer knows it after %s', async (_, variables) => {
    const unknown = json(404, { code: 20404, message: 'The requested resource was not found', status: 404 });
    const accepted = json(200, { sid: 'call', status: 'in-progress' });
    const answers = [accepted];
    const space = await startSpace({ post: (...both) => (answers.pop() ?? unknown)(...both), get: unknown });
    const { api, finished } = await start({
      SIGNALWIRE_SPACE_URL: space.url,
      CONFIRMATION_TIMEOUT_MS: '500',
      ...variables,
    });
    const { id } = await api.create({ callSid: 'call', streamName: 'stream' });
    expect(await finished(id)).toMatchObject({
      status: 'succeeded',
      evidence: 'call_ended',
      attempts: [{ outcome: 'not_confirmed' }, { outcome: 'call_not_found' }].slice(0, space.asked.posts),
      failure: null,
    });
    expect(space.asked).toEqual({ posts: 'MAX_ATTEMPTS' in variables ? 1 : 2, reads: 1 });
  });

  it('fails as not confirmed where the call goes on', async () => {
    const { simulator, api, finished } = await start({ CONFIRMATION_TIMEOUT_MS: '500', MAX_ATTEMPTS: '1' });
    const call = simulator.createCall({ streams: [{ name: 'stream' }], faults: [{ fetch: 'none' }] });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream' });
    expect(await finished(id)).toMatchObject({ status: 'failed', failure: { code: 'not_confirmed' } });
  });
});
