import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EMPTY_RECORD } from '../../src/cancellation/record.js';
import type { CancellationRecord } from '../../src/cancellation/record.js';
import type { CancellationJob } from '../../src/queue/cancellations.queue.js';
import { EndedRuns } from '../../src/worker/ended-runs.js';
import { LANE_MARGIN_MS } from '../../src/lane/lane-keys.js';
import type { EvidenceInbox } from '../../src/evidence/evidence.inbox.js';
import { SharedClock } from '../../src/platform/redis/shared-clock.js';
import type { WorkerConnection } from '../../src/queue/worker.connection.js';

const FETCHED_AT = 1_790_000_000_000;
const FETCHED = { ...EMPTY_RECORD, documentFetchedAt: FETCHED_AT };

describe('runs that have found their evidence', () => {
  let kept: [id: string, at: number, until: number][];
  let refuses: boolean;
  let connection: { isReady: boolean };
  let runs: EndedRuns;
  let deadline: number;

  beforeEach(() => {
    vi.useFakeTimers();
    Logger.overrideLogger(false);
    [kept, refuses, connection] = [[], false, { isReady: true }];
    deadline = Date.now() + 60_000;
    const keep = async (...evidence: (typeof kept)[number]): Promise<void> => {
      if (refuses) throw new Error('OOM');
      kept.push(evidence);
    };
    runs = new EndedRuns({ keep } as EvidenceInbox, connection as WorkerConnection, new SharedClock());
  });
  afterEach(async () => {
    await runs.close();
    vi.useRealTimers();
  });

  const end = (id: string, record: CancellationRecord = FETCHED) =>
    runs.add({ id, data: { deadline } } as CancellationJob, record);
  const evidenceOf = (id: string) => [id, FETCHED_AT, deadline + LANE_MARGIN_MS];

  it('leave it nowhere where the end of the job is written', async () => {
    end('a');
    await vi.advanceTimersByTimeAsync(250);
    runs.confirm('a');
    await vi.advanceTimersByTimeAsync(5000);
    expect(kept).toEqual([]);
    expect(runs.isEmpty).toBe(true);
  });

  it('have it kept, once, where the end is not written soon', async () => {
    end('a');
    await vi.advanceTimersByTimeAsync(5000);
    expect(kept).toEqual([evidenceOf('a')]);
    expect(runs.isEmpty).toBe(true);
  });

  it('have it kept once Redis is back, or takes it again', async () => {
    end('a');
    connection.isReady = false;
    await vi.advanceTimersByTimeAsync(1000);
    [connection.isReady, refuses] = [true, true];
    await vi.advanceTimersByTimeAsync(1000);
    expect(kept).toEqual([]);
    refuses = false;
    await vi.advanceTimersByTimeAsync(250);
    expect(kept).toEqual([evidenceOf('a')]);
  });

  it('forget it once it is of no use any more', async () => {
    end('a');
    refuses = true;
    await vi.advanceTimersByTimeAsync(60_000 + LANE_MARGIN_MS + 250);
    expect(runs.isEmpty).toBe(true);
  });

  it('have it kept at the end of the process', async () => {
    end('a');
    await runs.close();
    expect(kept).toEqual([evidenceOf('a')]);
  });

  it('have nothing kept where no document was fetched', async () => {
    end('a', EMPTY_RECORD);
    expect(runs.isEmpty).toBe(true);
    await runs.close();
    expect(kept).toEqual([]);
  });
});
