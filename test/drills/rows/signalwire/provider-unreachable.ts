import type { Drill } from '../../drill.js';
import { finished } from '../../settlement.js';
import type { Stage } from '../../stage.js';

const DEADLINE_MS = 3000;
/** By then the cancellation must be finished. */
const ENDS_WITHIN_MS = 8000;

export const providerUnreachable: readonly Drill[] = [
  {
    name: 'provider-tls',
    fault: 'TLS with SignalWire fails (it answers in plain text)',
    strike: (stage) => unreachable(stage, stage.simulator.url.replace('http:', 'https:')),
  },
  {
    name: 'provider-dns',
    fault: "SignalWire's host name does not resolve (RFC 6761, `.invalid`)",
    strike: (stage) => unreachable(stage, 'https://signalwire.invalid'),
  },
  {
    name: 'provider-refuses',
    fault: 'SignalWire refuses connections',
    strike: async (stage) => unreachable(stage, `http://127.0.0.1:${await stage.ports.next()}`),
  },
];

/** It is retried until the deadline, and no longer. */
async function unreachable(stage: Stage, SIGNALWIRE_SPACE_URL: string) {
  await stage.startAll({ SIGNALWIRE_SPACE_URL, ALLOW_PRIVATE_PUBLIC_URL: 'true' });
  const start = performance.now();
  const id = await stage.caller.insist({ callSid: stage.call(), deadlineMs: DEADLINE_MS });
  const { status, attempts } = await finished(stage, id);
  const tookMs = performance.now() - start;
  const outcomes = [...new Set(attempts.map(({ outcome }) => outcome))].join(', ');
  stage.expect(status === 'expired' || status === 'failed', status);
  stage.expect(outcomes === 'unreachable', `attempts: ${outcomes}`);
  stage.expect(attempts.length > 1, 'not retried');
  stage.expect(tookMs <= ENDS_WITHIN_MS, `finished after ${(tookMs / 1000).toFixed(1)} s`);
  return { recoveryMs: null };
}
