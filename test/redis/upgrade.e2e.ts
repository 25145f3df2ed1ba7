import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import type { Cancellation } from '../../src/api/cancellation.js';
import { freePort } from '../../src/demo/free-port.js';
import { untilReady } from '../../src/demo/until-ready.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { run, stop, stopped } from '../support/program.js';
import { ApiClient, observeQueue, testVariables } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const NEXT_VERSION = '99.0.0';

const CALLERS = 8;

/** How many have to succeed in each phase: with the old build alone, with both, and with the new one alone. */
const IN_EACH_PHASE = 40;

const SOON = { timeout: 60_000, interval: 50 };

/** So slow that attempts are under way whenever a process stops. */
const SLOW: Fault = { latencyMs: 100, fetch: { delayMs: 100 } };

/** Refused once, so that the retry may fall to the other build. */
const REFUSED: Fault = { status: 503 };

const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/**
 * The compiled service as another version. It shows that two processes that know the same schema version can work on one
 * Redis; whether the code of another release can, is shown with that release: `OTHER_BUILD` names its `dist`.
 */
async function otherBuild(): Promise<string> {
  // oxlint-disable-next-line node/no-process-env -- chosen by whoever runs the test
  const { OTHER_BUILD } = process.env;
  if (OTHER_BUILD !== undefined) return OTHER_BUILD;
  const folder = await mkdtemp(join(tmpdir(), 'streamstop-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(inject('built'), join(folder, 'dist'), { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...packageJson, version: NEXT_VERSION }));
  await symlink(NODE_MODULES, join(folder, 'node_modules'));
  return join(folder, 'dist');
}

describe('a rolling upgrade that keeps the schema version', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
  });
  afterAll(() => simulator.close());

  /** Callers that go on asking until `stop`. They and SignalWire reach the service through a balancer. */
  function load(api: ApiClient) {
    const finished: Cancellation[] = [];
    const refused: number[] = [];
    const end = new AbortController();
    const one = async (number: number): Promise<void> => {
      const faults = number % 5 === 0 ? [REFUSED, SLOW] : [SLOW];
      const call = simulator.createCall({ streams: [{ name: 'stream' }], faults });
      const headers = { prefer: 'wait=10', 'idempotency-key': call.sid };
      const ask = () => api.post({ callSid: call.sid, streamName: 'stream' }, headers);
      // On a busy machine, a process may end before it has answered.
      const answer = await ask().catch(ask);
      if (answer.ok) finished.push((await answer.json()) as Cancellation);
      else refused.push(answer.status);
    };
    const all = Array.from({ length: CALLERS }, async (_, caller) => {
      for (let number = caller; !end.signal.aborted; number += CALLERS) await one(number);
    });
    const callers = Promise.all(all);
    callers.catch(() => undefined);
    return {
      refused,
      /** Resolves once that many more have been answered. */
      more: async (count: number): Promise<void> => {
        const wanted = finished.length + count;
        await vi.waitFor(() => expect(finished.length).toBeGreaterThanOrEqual(wanted), SOON);
      },
      stop: async (): Promise<readonly Cancellation[]> => {
        end.abort();
        await callers;
        return finished;
      },
    };
  }

  it('loses nothing and sends nothing twice, with both builds at work and the old one stopped', async () => {
    const shared = {
      ...(await testVariables(simulator)),
      // A busy machine must not look like a fetch that never came, which would be sent again.
      CONFIRMATION_TIMEOUT_MS: '20000',
      DRAIN_MS: '500',
      LOG_LEVEL: 'info',
    };
    const ports = { old: await freePort(), next: await freePort() };
    const publicPorts = { old: Number(shared.PUBLIC_PORT), next: await freePort() };
    const front = await TcpProxy.start('127.0.0.1', ports.old);
    const publicFront = await TcpProxy.start('127.0.0.1', publicPorts.old);
    onTestFinished(() => Promise.all([front.close(), publicFront.close()]).then(() => undefined));
    const variables = (build: 'old' | 'next') => ({
      ...shared,
      PORT: String(ports[build]),
      PUBLIC_PORT: String(publicPorts[build]),
      PUBLIC_URL: `http://127.0.0.1:${publicFront.port}`,
    });
    const observed = observeQueue(shared.REDIS_URL, shared.QUEUE_PREFIX);
    onTestFinished(() => observed.close());

    const old = run(variables('old'), undefined, await otherBuild());
    await old.logged('started');
    const api = new ApiClient(`http://127.0.0.1:${front.port}`);
    const callers = load(api);
    await callers.more(IN_EACH_PHASE);

    const next = run(variables('next'));
    await next.logged('started');
    await untilReady(`http://127.0.0.1:${ports.next}/health/ready`, AbortSignal.timeout(SOON.timeout));
    await callers.more(IN_EACH_PHASE);
    front.leadTo(ports.next);
    publicFront.leadTo(publicPorts.next);
    expect(await stop(old, 'SIGTERM')).toMatchObject(stopped);
    await callers.more(IN_EACH_PHASE);

    const accepted = await callers.stop();
    expect(callers.refused).toEqual([]);
    await Promise.all(accepted.map(({ id }) => observed.finished(id)));
    const ends = await Promise.all(accepted.map(({ id }) => api.get(id)));
    expect(ends.filter(({ status }) => status !== 'succeeded')).toEqual([]);

    const calls = accepted.map(({ callSid }) => simulator.call(callSid));
    expect(calls.flatMap(({ streams }) => streams).filter(({ status }) => status !== 'stopped')).toEqual([]);
    const applied = calls.map(({ updates }) => updates.filter((update) => update.applied).length);
    expect(applied.filter((times) => times !== 1)).toEqual([]);

    // Otherwise nothing was shared.
    const sentBy = ({ lines }: typeof old) => lines().filter(({ msg }) => msg === 'attempt accepted').length;
    expect(sentBy(old)).toBeGreaterThan(IN_EACH_PHASE);
    expect(sentBy(next)).toBeGreaterThan(IN_EACH_PHASE);
    expect(sentBy(old) + sentBy(next)).toBe(accepted.length);
  }, 180_000);
});
