import type { Drill } from '../drill.js';
import { hostsCutOff } from '../hosts/hosts-cut-off.js';
import { apiKilled } from './processes/api-killed.js';
import { backlogs } from './volume/backlog.js';
import { bulkKilled } from './actions/bulk-killed.js';
import { callbacksKilled } from './actions/callbacks-killed.js';
import { callEnded } from './signalwire/call-ended.js';
import { clockJumps } from './processes/clock-jumps.js';
import { documentFetches } from './signalwire/document-fetches.js';
import { documentsUnfetched } from './signalwire/documents-unfetched.js';
import { halfOpen } from './redis/half-open.js';
import { namesOnOneCall } from './volume/names-on-one-call.js';
import { poison } from './processes/poison.js';
import { providerAnswers } from './signalwire/provider-answers.js';
import { providerHostile } from './signalwire/provider-hostile.js';
import { providerThrottles } from './signalwire/provider-throttles.js';
import { providerUnauthorized } from './signalwire/provider-unauthorized.js';
import { providerUnreachable } from './signalwire/provider-unreachable.js';
import { redisDataLost } from './redis/redis-data-lost.js';
import { redisKilled } from './redis/redis-killed.js';
import { redisRefuses } from './redis/redis-refuses.js';
import { restarts } from './processes/restarts.js';
import { scrape } from './redis/scrape.js';
import { together } from './volume/together.js';
import { workerKilled } from './processes/worker-killed.js';

const SMALL = 20_000;
const BIG = 100_000;

/** All drills, in the order of the table. */
export function allDrills({ big }: { big: boolean }): readonly Drill[] {
  return [
    ...workerKilled,
    poison,
    apiKilled,
    ...redisKilled,
    ...bulkKilled,
    ...callbacksKilled,
    ...redisDataLost,
    ...halfOpen,
    ...redisRefuses,
    providerAnswers,
    providerThrottles,
    providerUnauthorized,
    ...providerUnreachable,
    ...providerHostile,
    documentFetches,
    ...documentsUnfetched,
    callEnded,
    ...together,
    ...namesOnOneCall,
    ...clockJumps,
    ...restarts,
    ...backlogs(big ? BIG : SMALL),
    scrape,
    ...hostsCutOff,
  ];
}
