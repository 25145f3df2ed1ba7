import type { Drill } from '../drill.js';
import { apiKilled } from './api-killed.js';
import { callEnded } from './call-ended.js';
import { documentFetches } from './document-fetches.js';
import { halfOpen } from './half-open.js';
import { poison } from './poison.js';
import { redisDataLost } from './redis-data-lost.js';
import { redisKilled } from './redis-killed.js';
import { redisRefuses } from './redis-refuses.js';
import { scrape } from './scrape.js';
import { together } from './together.js';
import { workerKilled } from './worker-killed.js';

/** Every drill, in the order of the table. */
export function allDrills({ big }: { big: boolean }): readonly Drill[] {
  void big;
  return [
    ...workerKilled,
    poison,
    apiKilled,
    ...redisKilled,
    ...redisDataLost,
    ...halfOpen,
    ...redisRefuses,
    documentFetches,
    callEnded,
    ...together,
    scrape,
  ];
}
