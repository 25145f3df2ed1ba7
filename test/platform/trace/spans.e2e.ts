import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Cancellation } from '../../../src/api/cancellation.js';
import type { Fault } from '../../../src/simulator/faults/fault.js';
import { startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { run, stop, stopped } from '../../support/program.js';
import { ApiClient, testVariables } from '../../support/service.js';
import { startCollector, treeBelow } from './fixtures/collector.js';
import type { Span, Tree } from './fixtures/collector.js';

const LIMITS = { timeout: 180_000 };
const JSON_BODY = { 'content-type': 'application/json' };
const LOADED = new URL('fixtures/loaded.mjs', import.meta.url);

const ADD = 'add cancellations.cancel-stream';
const PROCESS = 'process cancellations';
const FETCH = 'POST /laml/stop-stream/:token';

/** What a cancellation that succeeds at once leads to. */
const SUCCESS = [ADD, [PROCESS, 'POST', FETCH]];

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ log: false });
});
afterAll(() => simulator.close());

/** The caller's own span. */
const caller = () => {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
};

const callOf = (faults: Fault[] = [], names = ['stream']) =>
  simulator.createCall({ streams: names.map((name) => ({ name })), faults }).sid;

/** The API and the documents in one process, the worker in another. */
async function start() {
  const collector = await startCollector();
  const variables = {
    ...(await testVariables(simulator)),
    LOG_LEVEL: 'info',
    BACKOFF_BASE_MS: '20',
    BACKOFF_CAP_MS: '50',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=calls',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  };
  const front = run({ ...variables, ROLES: 'api,documents' });
  const worker = run({ ...variables, ROLES: 'worker', OTEL_SERVICE_NAME: 'stop-worker' });
  const [{ api }] = await Promise.all([front.logged('started'), worker.logged('started')]);
  const post = async <T>(
    path: string,
    body: object,
    { traceparent, prefer = 'wait=20' }: { traceparent: string; prefer?: string } = caller(),
  ): Promise<T> => {
    const headers = { ...JSON_BODY, traceparent, prefer };
    const request = { method: 'POST', headers, body: JSON.stringify(body) };
    return (await (await new ApiClient(String(api)).request(path, request)).json()) as T;
  };
  const expectTree = async ({ traceId, spanId }: ReturnType<typeof caller>, tree: Tree) => {
    const ofIt = () => collector.spans().filter((span) => span.traceId === traceId);
    await vi.waitFor(() => expect(treeBelow(ofIt(), spanId)).toEqual(tree), 20_000);
    expect(ofIt()).toHaveLength(JSON.stringify(tree).split('"').length >> 1);
    return ofIt();
  };
  return { collector, variables, front, worker, post, expectTree };
}

const processesOf = (spans: readonly Span[]) =>
  new Set(spans.map(({ resource }) => resource['service.name']));

describe('the trace of a cancellation', () => {
  it(
    'goes from the caller through both processes to the fetch of the document, and holds no secret',
    LIMITS,
    async () => {
      const { collector, variables, front, worker, post, expectTree } = await start();

      const one = caller();
      const callSid = callOf();
      const { status, traceId } = await post<Cancellation>(
        '/cancellations',
        { callSid, streamName: 'stream' },
        one,
      );
      expect([status, traceId]).toEqual(['succeeded', one.traceId]);
      const spans = await expectTree(one, [['POST /cancellations', SUCCESS]]);
      expect(new Map(spans.map(({ name, resource }) => [name, resource['service.name']]))).toEqual(
        new Map([
          ['POST /cancellations', 'streamstop'],
          [ADD, 'streamstop'],
          [PROCESS, 'stop-worker'],
          ['POST', 'stop-worker'],
          [FETCH, 'streamstop'],
        ]),
      );
      for (const { url, headers } of collector.requests)
        expect([url, headers['x-tenant']]).toEqual(['/v1/traces', 'calls']);

      const retried = caller();
      const faulty = callOf([{ status: 503 }]);
      await post('/cancellations', { callSid: faulty, streamName: 'stream' }, retried);
      const attempts = await expectTree(retried, [
        ['POST /cancellations', [ADD, [PROCESS, 'POST'], [PROCESS, 'POST', FETCH]]],
      ]);
      expect(attempts.filter(({ name, status: of }) => name === 'POST' && of?.code === 2)).toHaveLength(1);

      const batch = caller();
      const cancellations = [callOf(), callOf()].map((sid) => ({ callSid: sid, streamName: 'stream' }));
      await post('/cancellations/batch', { cancellations }, batch);
      await expectTree(batch, [['POST /cancellations/batch', SUCCESS, SUCCESS]]);

      const shared = caller();
      await post(
        '/cancellations',
        { callSid: callOf([], ['one', 'two']), streamNames: ['one', 'two'] },
        shared,
      );
      await vi.waitFor(() => {
        const fetches = collector
          .spans()
          .filter((span) => span.traceId === shared.traceId && span.name === FETCH);
        expect(fetches.map(({ links }) => links?.length)).toEqual([1]);
      }, 20_000);

      const written = JSON.stringify(collector.spans());
      const [update] = simulator.call(callSid).updates;
      const token = new URL(update?.params['Url'] ?? '').pathname.split('/').at(-1) ?? '';
      const secrets = [
        token,
        token.split('.')[1],
        variables.LINK_SECRET,
        simulator.apiToken,
        simulator.projectId,
        'Basic ',
      ];
      for (const secret of secrets) expect(written).not.toContain(secret);

      for (const process of [front, worker]) {
        const { output, ...end } = await stop(process, 'SIGTERM');
        expect(end).toMatchObject(stopped);
        expect(output.join('\n')).not.toContain('traces are');
      }
      // All that begins a trace is somebody's request.
      const roots = collector.spans().filter(({ parentSpanId }) => !parentSpanId);
      expect(roots.map(({ name }) => name)).toEqual([]);
    },
  );

  it(
    'goes on in the process that picks the cancellation up after another one has ended',
    LIMITS,
    async () => {
      const { collector, variables, worker, post } = await start();
      await post('/queue/pause', {});
      const one = caller();
      const callSid = callOf();
      const { id } = await post<Cancellation>(
        '/cancellations',
        { callSid, streamName: 'stream' },
        { ...one, prefer: 'respond-async' },
      );
      const ofIt = (name: string) =>
        collector.spans().filter((span) => span.traceId === one.traceId && span.name === name);
      await vi.waitFor(() => expect(ofIt(PROCESS)).not.toEqual([]), 20_000);
      await stop(worker, 'SIGTERM');
      const next = run({ ...variables, ROLES: 'worker', OTEL_SERVICE_NAME: 'next-worker' });
      const succeeded = next.logged('cancellation succeeded');
      await next.logged('started');
      await post('/queue/resume', {});
      expect(await succeeded).toMatchObject({ cancellationId: id, traceId: one.traceId });

      await vi.waitFor(() => {
        expect([...ofIt('POST'), ...ofIt(FETCH)]).toHaveLength(2);
        expect(processesOf(ofIt(PROCESS))).toEqual(new Set(['stop-worker', 'next-worker']));
      }, 20_000);
      const [added] = ofIt(ADD);
      const runs = ofIt(PROCESS);
      for (const { parentSpanId } of runs) expect(parentSpanId).toBe(added?.spanId);
      const sender = runs.find(({ spanId }) => spanId === ofIt('POST')[0]?.parentSpanId);
      expect(sender?.resource['service.name']).toBe('next-worker');
      expect(ofIt(FETCH)[0]?.parentSpanId).toBe(sender?.spanId);
    },
  );
});

describe('a collector that takes no spans', () => {
  it.each(['refuses connections', 'never answers'])(
    'costs a line of the log, where it %s',
    LIMITS,
    async (how) => {
      const silent = createServer((socket) => void socket.on('error', () => undefined)).listen(
        0,
        '127.0.0.1',
      );
      await vi.waitFor(() => expect(silent.listening).toBe(true));
      const { port } = silent.address() as AddressInfo;
      onTestFinished(() => void silent.close());
      if (how === 'refuses connections') silent.close();
      const service = run({
        ...(await testVariables(simulator)),
        LOG_LEVEL: 'info',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        OTEL_BSP_SCHEDULE_DELAY: '20',
        OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      });
      const { api } = await service.logged('started');
      const complaint = service.logged('traces are not delivered');
      for (let made = 0; made < 3; made += 1) {
        const response = await new ApiClient(String(api)).post(
          { callSid: callOf(), streamName: 'stream' },
          { prefer: 'wait=20' },
        );
        expect(response.status).toBe(200);
      }
      await complaint;
      const { output, tookMs, ...end } = await stop(service, 'SIGTERM');
      expect(end).toMatchObject(stopped);
      expect(tookMs).toBeLessThan(10_000);
      expect(output.filter((line) => line.includes('traces are not delivered'))).toHaveLength(1);
    },
  );
});

describe('a process without OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  it('loads nothing of OpenTelemetry', LIMITS, async () => {
    const variables = await testVariables(simulator);
    const loadedBy = async (more: Record<string, string>): Promise<string> => {
      const service = run({ ...variables, ...more, LOG_LEVEL: 'info' }, LOADED);
      await service.logged('started');
      return (await stop(service, 'SIGTERM')).errors;
    };
    expect(await loadedBy({})).toBe('');
    expect(await loadedBy({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })).toContain('bullmq-otel');
  });
});
