import type { Fault } from '../../../../src/simulator/faults/fault.js';
import { signForm } from '../../../../src/simulator/outgoing/signature.js';
import type { Drill } from '../../drill.js';
import { finished } from '../../settlement.js';
import { SIGNING_KEY } from '../../stage.js';
import type { Stage } from '../../stage.js';

const CONFIRMATION_TIMEOUT_MS = '1500';

interface Case {
  readonly what: string;
  readonly fault: Fault;
  readonly posts: number;
  /** The cancellation's status, and the outcome of each attempt. */
  readonly end: string;
}

const CASES: readonly Case[] = [
  { what: 'not fetched', fault: { fetch: 'none' }, posts: 2, end: 'succeeded: not_confirmed, accepted' },
  {
    what: 'never fetched',
    fault: { fetch: 'none', times: 'always' },
    posts: 3,
    end: 'failed: not_confirmed, not_confirmed, not_confirmed',
  },
  { what: 'fetched twice', fault: { fetch: 'twice' }, posts: 1, end: 'succeeded: accepted' },
  { what: 'fetched late', fault: { fetch: { delayMs: 1000 } }, posts: 1, end: 'succeeded: accepted' },
];

export const documentFetches: Drill = {
  name: 'document-fetches',
  fault:
    '200, but the document is not fetched, never fetched, fetched twice, fetched late, or requested with a wrong token or no signature',
  async strike(stage) {
    Object.assign(stage.variables, { CONFIRMATION_TIMEOUT_MS, MAX_ATTEMPTS: '3' });
    await stage.startAll();
    await Promise.all(CASES.map((one) => check(stage, one)));

    const wrong = `${stage.variables['PUBLIC_URL']}/laml/stop-stream/eyJhbGciOiJub25lIn0.W10`;
    const signed = await fetch(wrong, {
      headers: { 'x-signalwire-signature': signForm(SIGNING_KEY, wrong, {}) },
    });
    stage.expect(signed.status === 404, `a wrong token is answered ${signed.status}`);
    const unsigned = await fetch(wrong);
    stage.expect(unsigned.status === 403, `an unsigned request is answered ${unsigned.status}`);
    return { recoveryMs: null };
  },
};

async function check(stage: Stage, { what, fault, posts, end }: Case): Promise<void> {
  const sid = stage.call(fault);
  const { status, attempts } = await finished(stage, await stage.caller.insist({ callSid: sid }));
  const came = `${status}: ${attempts.map(({ outcome }) => outcome).join(', ')}`;
  stage.expect(came === end, `${what}: ${came}`);
  const sent = stage.simulator.call(sid).updates.length;
  stage.expect(sent === posts, `${what}: ${sent} POSTs`);
}
