import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { settings } from './settings.js';
import { STOP_QUEUE } from './stop-job.js';
import type { StopJob } from './stop-job.js';

const { publicUrl, spaceUrl, projectId, apiToken } = settings;
const AUTHORIZATION = `Basic ${Buffer.from(`${projectId}:${apiToken}`).toString('base64')}`;
const TIMEOUT_MS = 5000;

/** The default of `WORKER_CONCURRENCY`. */
@Processor(STOP_QUEUE, { concurrency: 100 })
export class StopsProcessor extends WorkerHost {
  override async process({ data: { callSid, streamName } }: Job<StopJob>): Promise<void> {
    const response = await fetch(
      `${spaceUrl}/api/laml/2010-04-01/Accounts/${projectId}/Calls/${encodeURIComponent(callSid)}`,
      {
        method: 'POST',
        headers: { authorization: AUTHORIZATION },
        body: new URLSearchParams({
          Url: `${publicUrl}/laml/stop-stream?STREAMNAME=${encodeURIComponent(streamName)}`,
          Method: 'POST',
        }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
    );
    if (!response.ok) throw new Error(`Update a Call: ${response.status} ${await response.text()}`);
    await response.json();
  }
}
