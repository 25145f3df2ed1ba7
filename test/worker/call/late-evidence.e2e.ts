import { EventEmitter, once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startTestService } from '../../support/service.js';
import { json, startSpace } from './fixtures/space.js';
import type { Answer } from './fixtures/space.js';

const IN_PROGRESS = json(200, { sid: 'call', status: 'in-progress' });
const UNAVAILABLE = json(503, { code: 20504, message: 'try later' });
const cutOff: Answer = ({ socket }) => socket.destroy();

/** Of the last second, which is the last attempt's. */
const LEFT_MS = 900;

/** Applies each update, answers at a given time as if it had not, and fetches the document a moment later. */
const apply =
  (answer: Answer, answerAt: Promise<number>): Answer =>
  async (request, response) => {
    const form = new URLSearchParams(await text(request));
    await setTimeout(Math.max(0, (await answerAt) - Date.now()));
    answer(request, response);
    await setTimeout(100);
    await fetch(form.get('Url') ?? '', { method: 'POST', body: new URLSearchParams() });
  };

describe('an update that was applied although the answer does not say so', () => {
  it.each<[string, Answer, Record<string, string>, { deadlineMs?: number }]>([
    ['answered 503 just before the deadline', UNAVAILABLE, {}, { deadlineMs: 4000 }],
    ['cut off just before the deadline', cutOff, {}, { deadlineMs: 4000 }],
    ['answered 503 with no attempts left', UNAVAILABLE, { MAX_ATTEMPTS: '1' }, {}],
    ['cut off with no attempts left', cutOff, { MAX_ATTEMPTS: '1' }, {}],
  ])('is proven by the fetch that follows: %s', async (_, answer, variables, request) => {
    const accepted = new EventEmitter<{ deadline: [number] }>();
    const answerAt = once(accepted, 'deadline').then(([deadline]) =>
      request.deadlineMs === undefined ? 0 : Number(deadline) - LEFT_MS,
    );
    const space = await startSpace({ post: apply(answer, answerAt), get: IN_PROGRESS });
    const service = await startTestService({ ...variables, SIGNALWIRE_SPACE_URL: space.url });
    onTestFinished(() => service.close());
    const { id, deadline } = await service.api.create({
      callSid: 'call',
      streamName: 'stream',
      ...request,
    });
    accepted.emit('deadline', Date.parse(deadline));

    const { status, evidence, attempts } = await service.finished(id);
    expect({ status, evidence, attempts: attempts.length }).toEqual({
      status: 'succeeded',
      evidence: 'document_fetched',
      attempts: 1,
    });
    expect(space.asked.posts).toBe(1);
  });
});
