import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { testAttempt, testRecord } from '../cancellation/fixtures/cancellation.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const STAY = [{ pause: 600 }];
const DOCUMENT = '<Response><Stop><Stream name="{{STREAMNAME}}"/></Stop><Pause length="600"/></Response>';
const NO_SERVER = 'http://127.0.0.1:9/no-server?{streamName}';

const ACCEPTED = { status: 'succeeded', evidence: 'accepted', documentFetchedAt: null } as const;

describe('a cancellation whose document is at DOCUMENT_URL', () => {
  let simulator: Simulator;
  let service: TestService;

  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
  });
  afterAll(() => simulator.close());
  afterEach(() => service.close());

  async function start(documentUrl: string): Promise<void> {
    const variables = {
      DOCUMENT_URL: documentUrl,
      CONFIRMATION_TIMEOUT_MS: '1000',
      DEFAULT_THEN: JSON.stringify(STAY),
    };
    service = await startTestService(variables, simulator);
  }

  const startWithBin = () => start(`${simulator.createBin(DOCUMENT).url}?STREAMNAME={streamName}`);

  async function cancel(streamName = 'stream', faults: Fault[] = []) {
    const { sid: callSid } = simulator.createCall({ streams: [{ name: streamName }], faults });
    const { id } = await service.api.create({ callSid, streamName });
    return { callSid, cancellation: await service.finished(id) };
  }

  it.each(['stream', 'a name & more/+ü'])('is accepted, no more, and stops its stream: %s', async (name) => {
    await startWithBin();
    const { cancellation, callSid } = await cancel(name);
    expect(cancellation).toMatchObject({ ...ACCEPTED, attempts: [{ outcome: 'accepted' }] });
    const { streams } = await simulator.until(callSid, ({ verbs }) => verbs.at(-1)?.name === 'Pause');
    expect(streams).toMatchObject([{ status: 'stopped' }]);
    expect(simulator.call(callSid).fetches).toMatchObject([
      { role: 'url', url: expect.stringContaining('/laml-bins/') as string },
    ]);
  });

  it('is accepted although nobody fetches the document', async () => {
    await startWithBin();
    const { cancellation, callSid } = await cancel('stream', [{ fetch: 'none' }]);
    expect(cancellation).toMatchObject(ACCEPTED);
    expect(simulator.call(callSid).updates).toHaveLength(1);
  });

  it('gives the other server time to answer before the next update of the call', async () => {
    await startWithBin();
    const names = ['a', 'b', 'c'];
    const { sid } = simulator.createCall({
      streams: names.map((name) => ({ name })),
      faults: [{ fetch: { delayMs: 300 }, times: 'always' }],
    });
    const accepted = await Promise.all(
      names.map((streamName) => service.api.create({ callSid: sid, streamName })),
    );
    for (const { id } of accepted) expect(await service.finished(id)).toMatchObject(ACCEPTED);
    await simulator.until(sid, ({ verbs }) => verbs.filter(({ name }) => name === 'Pause').length === 3);
    expect(simulator.call(sid).fetches).toHaveLength(3);
    expect(simulator.call(sid).streams.map(({ status }) => status)).toEqual(names.map(() => 'stopped'));
  });

  it('sends nothing more if its worker was lost just after the 2xx', async () => {
    await startWithBin();
    const { queue } = service.queue;
    await queue.pause();
    const { sid: callSid } = simulator.createCall({ streams: [{ name: 'stream' }] });
    const { id } = await service.api.create({ callSid, streamName: 'stream' });
    const startedAt = Date.now();
    const record = testRecord({
      attempts: [testAttempt({ startedAt })],
      acceptedAt: startedAt + 40,
      isDocumentElsewhere: true,
    });
    await (await queue.getJob(id))?.updateProgress(record);
    await queue.resume();
    expect(await service.finished(id)).toMatchObject({ ...ACCEPTED, attempts: [{ outcome: 'accepted' }] });
    expect(simulator.call(callSid).updates).toEqual([]);
  });

  it('has a document of ours if the request says what the call does next', async () => {
    await start(NO_SERVER);
    const { sid: callSid } = simulator.createCall({ streams: [{ name: 'stream' }] });
    const then = [{ say: 'Hold the line' }, ...STAY];
    const { id } = await service.api.create({ callSid, streamName: 'stream', then });
    expect(await service.finished(id)).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    const { said } = await simulator.until(callSid, ({ verbs }) => verbs.at(-1)?.name === 'Pause');
    expect(said).toEqual(['Hold the line']);
    expect(simulator.call(callSid).fetches.map(({ role }) => role)).toEqual(['url']);
  });

  it('falls back to a document of ours if the other server fails', async () => {
    await start(NO_SERVER);
    const { callSid } = await cancel();
    await simulator.until(callSid, ({ streams }) => streams[0]?.status === 'stopped');
    expect(simulator.call(callSid).fetches.map(({ role }) => role)).toEqual(['url', 'fallbackUrl']);
  });
});
