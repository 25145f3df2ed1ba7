import type { Drill } from '../../drill.js';
import { finished } from '../../settlement.js';

const RECOVERS_WITHIN_MS = 20_000;
/** Idle connections at the moment when all go silent. */
const IDLE_CONNECTIONS = 20;

export const halfOpen: readonly Drill[] = [
  {
    name: 'half-open-redis',
    fault: 'all connections to Redis go silent for ever; new ones work',
    async strike(stage) {
      const proxy = await stage.proxyTo(stage.redis.port);
      stage.variables['REDIS_URL'] = `redis://127.0.0.1:${proxy.port}`;
      await stage.startAll();
      await stage.stopped();
      const from = Date.now();
      proxy.silence();
      const recoveryMs = await stage.stopped();
      stage.interrupted(from);
      stage.expect(recoveryMs <= RECOVERS_WITHIN_MS, `recovered after ${(recoveryMs / 1000).toFixed(1)} s`);
      return { recoveryMs };
    },
  },
  {
    name: 'half-open-signalwire',
    fault: `all connections to SignalWire, ${IDLE_CONNECTIONS} of them idle, go silent for ever; new ones work`,
    async strike(stage) {
      const proxy = await stage.proxyTo(Number(new URL(stage.simulator.url).port));
      stage.variables['SIGNALWIRE_SPACE_URL'] = `http://127.0.0.1:${proxy.port}`;
      await stage.startAll();
      const warm = stage.calls(IDLE_CONNECTIONS, () => [{ latencyMs: 500 }]);
      await stage.provenDelivery();
      await stage.caller.insistOnAll(warm.map((callSid) => ({ callSid })));
      await stage.until('all connections are open', 10_000, () => warm.every((sid) => stage.isStopped(sid)));

      proxy.silence();
      const start = performance.now();
      const callSid = stage.call();
      const id = await stage.caller.insist({ callSid });
      await stage.until('the stream stopped', 60_000, () => stage.isStopped(callSid));
      const recoveryMs = performance.now() - start;
      stage.expect(recoveryMs <= RECOVERS_WITHIN_MS, `recovered after ${(recoveryMs / 1000).toFixed(1)} s`);
      const { attempts } = await finished(stage, id);
      const outcome = attempts[0]?.outcome;
      stage.expect(outcome === 'timeout', `the first attempt is ${outcome} instead of timeout`);
      return { recoveryMs };
    },
  },
];
