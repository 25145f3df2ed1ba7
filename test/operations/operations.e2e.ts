import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScrape, SCRAPED } from '../platform/metrics/scrape.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

describe('the queue and the metrics', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ MAX_ATTEMPTS: '1', CONFIRMATION_TIMEOUT_MS: '300' });
  });
  afterAll(() => service.close());

  const metrics = async () => (await service.api.request('/metrics')).text();
  const depth = async () => (await service.api.request('/queue')).json();

  it('are named by the rules of Prometheus: only counters end with _total', async () => {
    const types = [...(await metrics()).matchAll(/^# TYPE (\S+) (\w+)$/gm)];
    expect(types.length).toBeGreaterThan(20);
    const misnamed = types.filter(([, name = '', type]) => name.endsWith('_total') !== (type === 'counter'));
    expect(misnamed.map(([line]) => line)).toEqual([]);
  });

  it('count cancellations, attempts and documents', async () => {
    const { simulator, api, finished } = service;
    const good = simulator.createCall({ streams: [{ name: 'stream' }] });
    const bad = simulator.createCall({ faults: [{ status: 503 }] });
    const silent = simulator.createCall({ faults: [{ fetch: 'none' }] });
    for (const { sid } of [good, bad, silent])
      await finished((await api.create({ callSid: sid, streamName: 'stream' })).id);

    expect(await depth()).toEqual({
      counts: { waiting: 0, prioritized: 0, active: 0, delayed: 0, completed: 1, failed: 2 },
      oldestReadyAgeMs: null,
      overdueDelayed: 0,
      workers: 1,
      paused: false,
      pausedAt: null,
      pausedBy: null,
      health: expect.objectContaining({ level: 'ok' }) as object,
      processes: [expect.objectContaining({ roles: ['api', 'worker', 'documents'] })],
      throughput: { lastMinute: { succeeded: 1, failed: 2 }, lastFiveMinutes: { succeeded: 1, failed: 2 } },
      projects: [
        {
          project: 'default',
          state: 'working',
          since: null,
          nextProbeAt: null,
          waiting: 0,
          pausedBy: null,
        },
      ],
    });
    await expect.poll(metrics, SCRAPED).toContain('streamstop_jobs{state="failed"} 2\n');
    const text = await metrics();
    for (const line of [
      'streamstop_queue_reachable 1',
      'streamstop_jobs{state="completed"} 1',
      'streamstop_oldest_ready_age_seconds 0',
      'streamstop_workers 1',
      'streamstop_project_state{project="default",state="working"} 1',
      'streamstop_project_state{project="default",state="unauthorized"} 0',
      'streamstop_project_waiting_jobs{project="default"} 0',
      'streamstop_attempts_total{outcome="accepted",strategy="update_call"} 1',
      'streamstop_attempts_total{outcome="provider_error",strategy="update_call"} 1',
      'streamstop_attempts_total{outcome="not_confirmed",strategy="update_call"} 1',
      'streamstop_cancellations_total{status="succeeded",evidence="document_fetched"} 1',
      'streamstop_cancellations_total{status="succeeded",evidence="call_ended"} 0',
      'streamstop_cancellations_total{status="failed",evidence="none"} 1',
      'streamstop_cancellations_total{status="failed",evidence="accepted"} 1',
      'streamstop_cancellations_total{status="expired",evidence="accepted"} 0',
      'streamstop_call_ended_after_update_total{project="default"} 0',
      'streamstop_documents_total{result="fetched"} 1',
      'streamstop_time_to_stop_seconds_count 1',
      'streamstop_slo_cancellations_total{project="default",objective="within_deadline",result="met"} 1',
      'streamstop_slo_cancellations_total{project="default",objective="within_deadline",result="missed"} 2',
      'streamstop_http_requests_total{server="api",method="POST",route="/cancellations",status="2xx"} 3',
      'streamstop_http_request_duration_seconds_count{server="api",method="POST",route="/cancellations"} 3',
      'streamstop_http_requests_total{server="documents",method="POST",route="/laml/stop-stream/:token",status="2xx"} 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  });

  it('say for how long streams went on, Redis took to answer, and the event loop was late', async () => {
    const scraped = readScrape(await metrics());
    const valueOf = (name: string, series = name): number => scraped.get(name)?.series.get(series) ?? NaN;
    const stopped = valueOf('streamstop_time_to_stop_seconds', 'streamstop_time_to_stop_seconds_sum');
    const leaked = valueOf(
      'streamstop_leaked_stream_seconds_total',
      'streamstop_leaked_stream_seconds_total{project="default"}',
    );
    // The two that came to nothing were given up after a while.
    expect(leaked).toBeGreaterThan(stopped + 0.3);
    expect(leaked).toBeLessThan(60);
    const roundTrips = 'streamstop_redis_round_trip_seconds';
    expect(valueOf(roundTrips, `${roundTrips}_count`)).toBeGreaterThanOrEqual(5);
    expect(valueOf('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  });

  it('show how long the oldest job has been ready, and that the queue is paused', async () => {
    const { queue } = service.queue;
    await queue.pause();
    await service.api.create({ callSid: 'waiting', streamName: 'stream' });
    expect(await depth()).toMatchObject({
      counts: { waiting: 1 },
      oldestReadyAgeMs: expect.any(Number) as number,
      paused: true,
    });
    await expect.poll(metrics, SCRAPED).toContain('streamstop_queue_paused 1\n');
    await queue.resume();
  });

  it('count delayed jobs that have been due for 5 s or longer, and that no worker has taken', async () => {
    const idle = await startTestService({ ROLES: 'api' }, service.simulator);
    const data = { callSid: 'x', streamName: 'stream', createdAt: Date.now(), deadline: Date.now() + 1000 };
    for (const dueAgoMs of [6000, 0, -60_000])
      await idle.queue.queue.add('cancel-stream', data, { delay: 1, timestamp: Date.now() - dueAgoMs });
    expect(await (await idle.api.request('/queue')).json()).toMatchObject({ overdueDelayed: 1, workers: 0 });
    await idle.close();
  });

  it('readiness names each dependency', async () => {
    const response = await service.api.request('/health/ready');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'ok',
      details: {
        acceptsWork: { status: 'up' },
        redis: { status: 'up' },
        worker: { status: 'up' },
        evidence: { status: 'up' },
      },
    });
  });
});
