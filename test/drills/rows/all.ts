import type { Drill } from '../drill.js';
import { apiKilled } from './api-killed.js';
import { backlogs } from './backlog.js';
import { callEnded } from './call-ended.js';
import { clockJumps } from './clock-jumps.js';
import { documentFetches } from './document-fetches.js';
import { halfOpen } from './half-open.js';
import { namesOnOneCall } from './names-on-one-call.js';
import { poison } from './poison.js';
import { providerAnswers } from './provider-answers.js';
import { providerHostile } from './provider-hostile.js';
import { providerThrottles } from './provider-throttles.js';
import { providerUnauthorized } from './provider-unauthorized.js';
import { providerUnreachable } from './provider-unreachable.js';
import { redisDataLost } from './redis-data-lost.js';
import { redisKilled } from './redis-killed.js';
import { redisRefuses } from './redis-refuses.js';
import { restarts } from './restarts.js';
import { scrape } from './scrape.js';
import { together } from './together.js';
import { workerKilled } from './worker-killed.js';

const SMALL = 20_000;
const BIG = 100_000;

/** All drills, in the order of the table. */
export function allDrills({ big }: { big: boolean }): readonly Drill[] {
  return [
    ...workerKilled,
    poison,
    apiKilled,
    ...redisKilled,
    ...redisDataLost,
    ...halfOpen,
    ...redisRefuses,
    providerAnswers,
    providerThrottles,
    providerUnauthorized,
    ...providerUnreachable,
    ...providerHostile,
    documentFetches,
    callEnded,
    ...together,
    ...namesOnOneCall,
    ...clockJumps,
    ...restarts,
    ...backlogs(big ? BIG : SMALL),
    scrape,
  ];
}
