import type { Drill } from '../../drill.js';
import { finished } from '../../settlement.js';

export const callEnded: Drill = {
  name: 'call-ended',
  fault: 'the call ends between two attempts',
  async strike(stage) {
    await stage.startAll();
    const sid = stage.call({ status: 503, latencyMs: 500 });
    const id = await stage.caller.insist({ callSid: sid });
    await stage.simulator.until(sid, ({ updates }) => updates.length === 1);
    // The first attempt is still unanswered, and its 503 will say nothing about the call.
    stage.simulator.endCall(sid);
    const { status, evidence } = await finished(stage, id);
    stage.expect(status === 'succeeded' && evidence === 'call_ended', `${status}, ${evidence}`);
    // One more POST is allowed: its refusal tells the service that the call is over.
    const { updates } = stage.simulator.call(sid);
    stage.expect(updates.length <= 2, `${updates.length - 1} POSTs after the end of the call`);
    stage.expect(
      updates.every(({ applied }) => !applied),
      'an update of an ended call was applied',
    );
    return { recoveryMs: null };
  },
};
