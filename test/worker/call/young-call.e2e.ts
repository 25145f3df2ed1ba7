import { expect, it, onTestFinished } from 'vitest';
import { startTestService } from '../../support/service.js';

it('stops a stream of a call that SignalWire does not know yet, with one more attempt', async () => {
  const service = await startTestService({ MAX_ATTEMPTS: '1' });
  onTestFinished(() => service.close());
  const { simulator, api, finished } = service;
  const unknown = { status: 404, code: 20404 };
  const call = simulator.createCall({
    streams: [{ name: 'stream' }],
    faults: [unknown, { ...unknown, on: 'read', times: 3 }],
  });
  const { id } = await api.create({ callSid: call.sid, streamName: 'stream' });
  expect(await finished(id)).toMatchObject({
    status: 'succeeded',
    attempts: [{ outcome: 'call_not_found' }, { outcome: 'accepted' }],
  });
  expect(simulator.call(call.sid)).toMatchObject({ reads: 4, updates: [{ number: 1 }, { number: 2 }] });
});
