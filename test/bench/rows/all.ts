import { apiRow } from './api.js';
import { backlogRow } from './backlog.js';
import { documentsRow } from './documents.js';
import { growthRow } from './growth.js';
import { redisRow } from './redis.js';
import type { BenchRow } from './row.js';
import { startRow } from './start.js';
import { stopRow } from './stop.js';

/** In the order of the page. */
export const ALL_ROWS: readonly BenchRow[] = [
  apiRow,
  documentsRow,
  backlogRow,
  stopRow,
  redisRow,
  growthRow,
  startRow,
];
