import { apiRow } from './api.js';
import { documentsRow } from './documents.js';
import { growthRow } from './growth.js';
import { reactionRow } from './reaction.js';
import { redisRow } from './redis.js';
import type { BenchRow } from './row.js';
import { startRow } from './start.js';
import { stopRow } from './stop.js';
import { workerRow } from './worker.js';

/** In the order of the page. */
export const ALL_ROWS: readonly BenchRow[] = [
  documentsRow,
  apiRow,
  workerRow,
  reactionRow,
  stopRow,
  redisRow,
  growthRow,
  startRow,
];
