import type { Fault } from '../../../../src/simulator/faults/fault.js';
import type { Drill } from '../../drill.js';
import { finished } from '../../settlement.js';
import type { Stage } from '../../stage.js';

const REQUEST_TIMEOUT_MS = '1500';

interface Case {
  readonly what: string;
  readonly faults: readonly Fault[];
  /** The cancellation's status, and the outcome of each attempt. */
  readonly end: string;
}

const CASES: readonly Case[] = [
  {
    what: '500 three times',
    faults: [{ status: 500, times: 3 }],
    end: 'succeeded: provider_error, provider_error, provider_error, accepted',
  },
  {
    what: '500 for ever',
    faults: [{ status: 500, times: 'always' }],
    end: `failed: ${Array.from({ length: 4 }, () => 'provider_error').join(', ')}`,
  },
  { what: '404 for a live call', faults: [{ status: 404 }], end: 'succeeded: call_not_found, accepted' },
  {
    what: '404 for a call that SignalWire does not know',
    faults: [
      { status: 404, times: 'always' },
      { on: 'read', status: 404, times: 'always' },
    ],
    end: 'failed: call_not_found',
  },
  { what: '21220 for a live call', faults: [{ code: 21_220 }], end: 'succeeded: rejected, accepted' },
  {
    what: '200 with HTML, not applied',
    faults: [{ body: 'html', fetch: 'none' }],
    end: 'succeeded: invalid_response, accepted',
  },
  {
    what: '200 after the time limit, not applied',
    faults: [{ latencyMs: 2500, drop: 'before' }],
    end: 'succeeded: timeout, accepted',
  },
  {
    what: 'connection cut, not applied',
    faults: [{ drop: 'before' }],
    end: 'succeeded: unreachable, accepted',
  },
  { what: 'connection cut, applied', faults: [{ drop: 'after' }], end: 'succeeded: unreachable' },
];

export const providerAnswers: Drill = {
  name: 'provider-answers',
  fault: 'SignalWire answers 500, 404, 21220, 200 with HTML, too late, or not at all',
  async strike(stage) {
    Object.assign(stage.variables, { REQUEST_TIMEOUT_MS, MAX_ATTEMPTS: '4', BACKOFF_CAP_MS: '1000' });
    await stage.startAll();
    // Otherwise those that wait for the first fetch would read their calls instead.
    await stage.provenDelivery();
    await Promise.all(CASES.map((one) => check(stage, one)));
    return { recoveryMs: null };
  },
};

async function check(stage: Stage, { what, faults, end }: Case): Promise<void> {
  const id = await stage.caller.insist({ callSid: stage.call(...faults) });
  const { status, attempts } = await finished(stage, id);
  const came = `${status}: ${attempts.map(({ outcome }) => outcome).join(', ')}`;
  stage.expect(came === end, `${what}: ${came}`);
}
