import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cancellation } from '../../../src/api/cancellation.js';
import type { Fault } from '../../../src/simulator/faults/fault.js';
import { documentedEvents, documentedStories } from '../../platform/logging/fixtures/documented-events.js';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';

interface Line {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const ENDED = /^cancellation (?:succeeded|failed|expired|withdrawn)$/;

const lines: Line[] = [];

const keep =
  (level: string) =>
  (event: unknown, fields: unknown): void => {
    lines.push({ level, event: String(event), fields: Object(fields) as Line['fields'] });
  };

const linesOf = (id: string): Line[] =>
  lines.filter(({ fields: { cancellationId, cancellationIds, alsoFor } }) =>
    [cancellationId, cancellationIds, alsoFor].flat().includes(id),
  );

/** Once its end is there. SignalWire may fetch the document before it answers, so the order does not count. */
async function expectStory(id: string, what: string): Promise<void> {
  await vi.waitFor(() => expect(linesOf(id).some(({ event }) => ENDED.test(event))).toBe(true), 10_000);
  const story = documentedStories().get(what);
  expect(story).toBeDefined();
  expect(
    linesOf(id)
      .map(({ event }) => event)
      .toSorted(),
  ).toEqual(story?.toSorted());
  const documented = new Map(documentedEvents().map(({ name, levels }) => [name, levels]));
  for (const { level, event } of linesOf(id))
    expect([event, documented.get(event)]).toEqual([event, expect.arrayContaining([level])]);
}

describe('what the log has of a cancellation', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService({
      BACKOFF_BASE_MS: '20',
      BACKOFF_CAP_MS: '50',
      CONFIRMATION_TIMEOUT_MS: '400',
    });
    Logger.overrideLogger({ log: keep('info'), warn: keep('warn'), error: keep('error') });
  });
  afterEach(() => {
    lines.length = 0;
  });
  afterAll(() => service.close());

  const call = (faults: Fault[] = [], names = ['stream']): string =>
    service.simulator.createCall({ streams: names.map((name) => ({ name })), faults }).sid;

  async function cancel(callSid: string, more: object = {}): Promise<string> {
    const { id } = await service.api.create({
      callSid,
      streamName: 'stream',
      then: [{ pause: 600 }],
      ...more,
    });
    return id;
  }

  const operate = (what: 'pause' | 'resume') => service.api.request(`/queue/${what}`, { method: 'POST' });

  it.each<[string, Fault[]]>([
    ['the first attempt stops the stream', []],
    ['the second attempt stops the stream', [{ status: 503 }]],
    ['the document of the first attempt is not fetched', [{ fetch: 'none' }]],
    ['SignalWire refuses for good', [{ status: 400, code: 20422 }]],
  ])('is as documented where %s', async (what, faults) => {
    const callSid = call(faults);
    const id = await cancel(callSid);
    await expectStory(id, what);
    const ids = linesOf(id).map(({ fields }) => fields.callSid);
    expect(new Set(ids)).toEqual(new Set([callSid]));
  });

  it("is as documented where another cancellation's attempt stops the stream too", async () => {
    const callSid = call([], ['one', 'two']);
    const response = await service.api.post({ callSid, streamNames: ['one', 'two'], then: [{ pause: 600 }] });
    const { items } = (await response.json()) as { items: Cancellation[] };
    for (const { id } of items) await expectStory(id, "another cancellation's attempt stops the stream too");
    expect(lines.filter(({ event }) => event === 'attempt accepted')).toHaveLength(1);
  });

  it('is as documented where the call is over, which is no reason to worry', async () => {
    const callSid = call();
    service.simulator.endCall(callSid);
    const id = await cancel(callSid);
    await expectStory(id, 'the call is over');
    expect(linesOf(id).map(({ level }) => level)).toEqual(['info', 'info', 'info']);
  });

  it('is as documented where a pause outlasts the deadline', async () => {
    await operate('pause');
    const id = await cancel(call(), { deadlineMs: 1000 });
    await expectStory(id, 'no attempt before the deadline, such as during a pause');
    expect((await operate('resume')).status).toBe(200);
  });

  it('is as documented where it is withdrawn', async () => {
    await operate('pause');
    const id = await cancel(call());
    // Until then a worker has it in its hands, and a refusal would be in the audit too.
    await vi.waitFor(async () => expect(await service.queue.queue.getDelayedCount()).toBe(1));
    expect((await service.api.request(`/cancellations/${id}`, { method: 'DELETE' })).status).toBe(200);
    await expectStory(id, 'it is withdrawn before it was sent');
    await operate('resume');
  });
});
