import type { Drill } from '../../drill.js';
import { inParallel } from '../../parts/in-parallel.js';
import { allJobs } from '../../parts/queue-states.js';

const REQUESTS = 1000;
const STREAMS = 10;

export const together: readonly Drill[] = [
  {
    name: 'same-request-in-parallel',
    fault: `the same request ${REQUESTS.toLocaleString('en')} times in parallel, to two API processes`,
    async strike(stage) {
      await Promise.all([stage.start('api'), stage.start('api'), stage.start('documents')]);
      const callSid = stage.call();
      const wishes = Array.from({ length: REQUESTS }, () => ({ callSid }));
      const ids = new Set(await inParallel(wishes, REQUESTS, (wish) => stage.caller.insist(wish)));
      stage.expect(ids.size === 1, `${ids.size} different ids`);
      const jobs = await allJobs(stage.redis.url);
      stage.expect(jobs.length === 1, `${jobs.length} jobs`);
      // Only now: once the cancellation is finished, the same request rightly makes a new one.
      await stage.start('worker');
      await stage.until('the stream stopped', 10_000, () => stage.isStopped(callSid));
      const sent = stage.simulator.call(callSid).updates.length;
      stage.expect(sent === 1, `${sent} POSTs`);
      return { recoveryMs: null };
    },
  },
  {
    name: 'streams-of-one-call',
    fault: `${STREAMS} streams of one call requested at once`,
    async strike(stage) {
      await stage.startAll();
      const streams = Array.from({ length: STREAMS }, (_, number) => `stream ${number}`);
      const callSid = stage.callWith(
        streams,
        Array.from({ length: STREAMS }, () => ({ latencyMs: 100, fetch: { delayMs: 100 } })),
      );
      await stage.caller.insistOnAll(streams.map((streamName) => ({ callSid, streamName })));
      await stage.until('all streams stopped', 30_000, () => stage.isStopped(callSid));
      const sent = stage.simulator.call(callSid).updates.length;
      stage.expect(sent < STREAMS, `${sent} POSTs for ${STREAMS} streams`);
      return { recoveryMs: null };
    },
  },
];
