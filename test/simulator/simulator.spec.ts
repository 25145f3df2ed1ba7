import { describe, expect, it, onTestFinished } from 'vitest';
import { CallStore } from '../../src/simulator/calls/call-store.js';
import { CallWaitError, TooManyCallsError, UnknownCallError } from '../../src/simulator/calls/call.errors.js';
import { Call } from '../../src/simulator/calls/call.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { DocumentServer } from './support/document-server.js';
import { laml } from './support/send.js';

/** The number of timers that keep the process alive. */
const activeTimers = () =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

const newCall = (status: 'completed' | 'in-progress') =>
  new Call({ status }, { sid: 'p', sayMs: 0 }, () => {});

describe('the simulator', () => {
  it('aborts everything in flight when it is closed', async () => {
    const documents = await DocumentServer.start();
    const simulator = await startSimulator({ log: false, sayMs: 3_600_000 });
    const timersBefore = activeTimers();
    const calls = {
      speaking: simulator.createCall(),
      fetching: simulator.createCall(),
      waiting: simulator.createCall({ faults: [{ fetch: { delayMs: 3_600_000 } }] }),
      delayed: simulator.createCall({ faults: [{ latencyMs: 3_600_000, times: 'always' }] }),
    };
    const Url = documents.document('/say', '<Say>slow</Say>');
    await laml(simulator, calls.speaking.sid, { form: { Url } });
    await laml(simulator, calls.fetching.sid, { form: { Url: documents.reply('/never', 'never') } });
    await laml(simulator, calls.waiting.sid, { form: { Url } });
    // Several, to stand out from the test runner's own timers.
    const delayed = [1, 2, 3].map(() => laml(simulator, calls.delayed.sid, { form: { Url } }));
    await simulator.until(calls.delayed.sid, ({ updates }) => updates.length === delayed.length);
    await simulator.until(calls.speaking.sid, ({ said }) => said.length === 1);
    const until = simulator.until(calls.waiting.sid, () => false);

    const outcomes = Promise.allSettled([...delayed, until]);
    await simulator.close();

    expect((await outcomes).map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'rejected'));
    await expect(until).rejects.toThrow('The simulator was closed');
    await expect(laml(simulator, calls.delayed.sid)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    // Resolves only after the simulator has dropped the fetch that gets no reply.
    await documents.drained();
    expect(activeTimers()).toBeLessThanOrEqual(timersBefore);
  });

  it('shows the state of the call when waiting times out', async () => {
    const simulator = await startSimulator({ log: false });
    onTestFinished(() => simulator.close());
    const { sid } = simulator.createCall();
    const waiting = simulator.until(sid, ({ status }) => status === 'completed', 1);
    await expect(waiting).rejects.toThrow(CallWaitError);
    await expect(waiting).rejects.toThrow(`"sid":"${sid}"`);
    await expect(simulator.until('nobody', () => true)).rejects.toThrow(UnknownCallError);
    expect(() => simulator.call('nobody')).toThrow(UnknownCallError);
  });

  it('returns views that never change', async () => {
    const simulator = await startSimulator({ log: false });
    onTestFinished(() => simulator.close());
    const before = simulator.createCall({ streams: [{ name: 'a' }] });
    simulator.endCall(before.sid);
    expect(before).toMatchObject({ status: 'in-progress', streams: [{ status: 'in-progress' }] });
  });

  it('uses the configured project', async () => {
    const simulator = await startSimulator({ log: false, projectId: 'p', apiToken: 't:with:colons' });
    onTestFinished(() => simulator.close());
    const { sid } = simulator.createCall();
    expect(await laml(simulator, sid)).toMatchObject({ status: 200 });
    expect(simulator).toMatchObject({ projectId: 'p', apiToken: 't:with:colons', signingKey: undefined });
  });
});

describe('a full call store', () => {
  it('drops the call that finished first, never a live one', () => {
    const store = new CallStore(2);
    const live = newCall('in-progress');
    const done = newCall('completed');
    const next = newCall('in-progress');
    for (const kept of [live, done, next]) store.add(kept);
    expect(store.all()).toEqual([live, next]);
    expect(() => store.add(newCall('in-progress'))).toThrow(TooManyCallsError);
  });
});
