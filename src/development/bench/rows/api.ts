import { measuredLoad, quantitiesOf } from '../measured-load.js';
import type { Measured, Target } from '../measured-load.js';
import type { BareQueueSetup } from '../programs/bare-queue.js';
import type { BenchRow } from './row.js';

const CONNECTIONS = 50;

export const apiRow: BenchRow = {
  name: 'api',
  title: 'The API',
  about: `\`POST /cancellations\` at the role \`api\`, over ${CONNECTIONS} connections, with an API key and an \`Idempotency-Key\`, no two requests
alike and no worker. The ceiling is a handler of bare Fastify that adds a job with the same data by \`queue.add\`: no
authentication, validation, idempotency, deduplication or log.

Not measured: \`POST /cancellations/batch\` against \`queue.addBulk\`, since that route does not exist yet.`,
  async measure(stage) {
    const service = await stage.service({ roles: 'api', prefix: '{bench-api}' });
    const setup: BareQueueSetup = { redisUrl: stage.redisUrl, queue: 'ceiling' };
    const ceiling = await stage.run('bare-queue', 'service', setup);
    let number = 0;
    const targetOf = ({ url, pid }: { url: string; pid: number }): Target => {
      const name = `load-${(number += 1)}`;
      return {
        url,
        pid,
        requests: {
          kind: 'cancellations',
          authorization: stage.authorization,
          name,
          withIdempotencyKey: true,
        },
      };
    };
    const rounds = { ours: [] as Measured[], theirs: [] as Measured[] };
    for (const one of [service, ceiling])
      await measuredLoad(stage, targetOf(one), CONNECTIONS, stage.choose(3, 1));
    await stage.eachRound(apiRow.name, async () => {
      const seconds = stage.choose(5, 1);
      rounds.ours.push(await measuredLoad(stage, targetOf(service), CONNECTIONS, seconds));
      rounds.theirs.push(await measuredLoad(stage, targetOf(ceiling), CONNECTIONS, seconds));
    });
    const what = '`POST /cancellations`';
    return quantitiesOf(stage, {
      what,
      ceiling: 'bare Fastify with `queue.add`',
      rounds,
      goal: { atLeast: 0.8 },
    });
  },
};
