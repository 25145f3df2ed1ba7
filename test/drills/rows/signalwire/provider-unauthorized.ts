import type { Drill } from '../../drill.js';
import { finished } from '../../settlement.js';

const RECOVERS_WITHIN_MS = 30_000;

export const providerUnauthorized: Drill = {
  name: 'provider-unauthorized',
  fault: 'SignalWire answers 401, then accepts the credentials again',
  async strike(stage) {
    await stage.startAll();
    const id = await stage.caller.insist({ callSid: stage.call({ status: 401 }) });
    await stage.simulator.until(stage.callSids[0] ?? '', ({ updates }) => updates[0]?.status === 401);
    const recoveryMs = await stage.stopped(stage.call(), 60_000);
    stage.expect(
      recoveryMs <= RECOVERS_WITHIN_MS,
      `the next one was stopped after ${(recoveryMs / 1000).toFixed(1)} s`,
    );
    const { attempts } = await finished(stage, id, 70_000);
    stage.expect(attempts[0]?.outcome === 'unauthorized', `the first attempt is ${attempts[0]?.outcome}`);
    return { recoveryMs };
  },
};
