import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EMPTY_CALLBACK_RECORD } from '../../../src/cancellation/callback/callback.js';
import type { StoredCancellation } from '../../../src/cancellation/stored-cancellation.js';
import { testRecord } from '../../cancellation/fixtures/cancellation.js';
import { workerParts } from '../fixtures/worker-parts.js';
import type { WorkerParts } from '../fixtures/worker-parts.js';

describe('a callback that is asked for again', () => {
  let parts: WorkerParts;
  beforeEach(async () => {
    parts = await workerParts();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await parts.close();
  });

  it('keeps the record of what another request has caused since it was read', async () => {
    const { callbackQueue, callbackJobs, cancellations } = parts;
    const { id } = await parts.add({ callbackUrl: 'https://app.example.com/stopped' });
    await (await parts.take('dead')).moveToCompleted({ ...testRecord({}) }, 'dead', false);
    const ended = (await cancellations.find(String(id))) as StoredCancellation;
    await callbackJobs.add(ended);
    const read = (await callbackQueue.getJob(ended.id))!;
    const after = { ...EMPTY_CALLBACK_RECORD, attemptsMade: 3 };
    await (await callbackQueue.getJob(ended.id))?.updateProgress(after);
    const stale = Object.assign(read, { finishedOn: 1, returnvalue: 'delivered' as const });
    vi.spyOn(callbackQueue, 'getJob').mockResolvedValueOnce(stale);
    await callbackJobs.deliverNow(ended);
    expect((await callbackQueue.getJob(ended.id))?.progress).toEqual(after);
  });
});
