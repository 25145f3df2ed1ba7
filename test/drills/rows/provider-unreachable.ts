import type { Drill } from '../drill.js';
import { cancellationOf } from '../settlement.js';
import type { Stage } from '../stage.js';

const DEADLINE_MS = 3000;
/** Later than that, nothing of it may be left. */
const ENDS_WITHIN_MS = 8000;

export const providerUnreachable: readonly Drill[] = [
  {
    name: 'provider-tls',
    fault: 'TLS with SignalWire fails (it answers in plain text)',
    strike: (stage) => unreachable(stage, stage.simulator.url.replace('http:', 'https:')),
  },
  {
    name: 'provider-dns',
    fault: "SignalWire's name is not known (RFC 6761, `.invalid`)",
    strike: (stage) => unreachable(stage, 'http://signalwire.invalid'),
  },
  {
    name: 'provider-refuses',
    fault: 'SignalWire refuses connections',
    strike: async (stage) => unreachable(stage, `http://127.0.0.1:${await stage.ports.next()}`),
  },
];

/** Tried again until the deadline, and then over. */
async function unreachable(stage: Stage, SIGNALWIRE_SPACE_URL: string) {
  await stage.startAll({ SIGNALWIRE_SPACE_URL });
  const start = performance.now();
  const id = await stage.caller.insist({ callSid: stage.call(), deadlineMs: DEADLINE_MS });
  const { status, attempts } = await cancellationOf(stage, id);
  const tookMs = performance.now() - start;
  const outcomes = [...new Set(attempts.map(({ outcome }) => outcome))].join(', ');
  stage.expect(status === 'expired' || status === 'failed', status);
  stage.expect(outcomes === 'unreachable', `attempts: ${outcomes}`);
  stage.expect(attempts.length > 1, 'not tried again');
  stage.expect(tookMs <= ENDS_WITHIN_MS, `its end came after ${(tookMs / 1000).toFixed(1)} s`);
  return { recoveryMs: null };
}
