import type { Drill } from '../../drill.js';

const SERIES_OF_THE_QUEUE = [
  'streamstop_jobs',
  'streamstop_oldest_ready_age_seconds',
  'streamstop_overdue_delayed_jobs',
  'streamstop_workers',
  'streamstop_queue_paused',
];

const SOON_MS = 3000;

export const scrape: Drill = {
  name: 'scrape-without-redis',
  fault: 'Redis is away during a scrape of the metrics',
  persistent: true,
  async strike(stage) {
    const { api } = await stage.startAll();
    await stage.stopped();
    stage.expect((await api.metric('streamstop_queue_reachable')) === 1, 'queue_reachable is not 1 before');
    await stage.redis.kill();
    stage.interrupted();
    // A scrape may show what was read a second ago.
    await stage.until(
      'the queue is unreachable',
      SOON_MS,
      async () => (await api.metric('streamstop_queue_reachable')) === 0,
    );
    for (const name of SERIES_OF_THE_QUEUE) {
      stage.expect((await api.metric(name)) === null, `${name} is still there`);
    }
    await stage.redis.start();
    return {
      recoveryMs: await stage.until(
        'the queue is reachable',
        10_000,
        async () => (await api.metric('streamstop_queue_reachable')) === 1,
      ),
    };
  },
};
