import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startTestService } from '../../support/service.js';
import { json, startSpace } from './fixtures/space.js';
import type { Answer } from './fixtures/space.js';

const IN_PROGRESS = json(200, { sid: 'call', status: 'in-progress' });
const UNAVAILABLE = json(503, { code: 20504, message: 'try later' });
const cutOff: Answer = ({ socket }) => socket.destroy();

/** Applies each update, answers after `answerMs` as if it had not, and fetches the document `fetchMs` later. */
const apply =
  (answer: Answer, answerMs: number, fetchMs: number): Answer =>
  async (request, response) => {
    const form = new URLSearchParams(await text(request));
    await setTimeout(answerMs);
    answer(request, response);
    await setTimeout(fetchMs);
    await fetch(form.get('Url') ?? '', { method: 'POST', body: new URLSearchParams() });
  };

describe('an update that was applied although the answer does not say so', () => {
  it.each<[string, Answer, Record<string, string>, object, number]>([
    ['answered 503 just before the deadline', UNAVAILABLE, {}, { deadlineMs: 2000 }, 1550],
    ['cut off just before the deadline', cutOff, {}, { deadlineMs: 2000 }, 1550],
    ['answered 503 with no attempts left', UNAVAILABLE, { MAX_ATTEMPTS: '1' }, {}, 0],
    ['cut off with no attempts left', cutOff, { MAX_ATTEMPTS: '1' }, {}, 0],
  ])('is proven by the fetch that follows: %s', async (_, answer, variables, request, answerMs) => {
    const space = await startSpace({ post: apply(answer, answerMs, 150), get: IN_PROGRESS });
    const service = await startTestService({ ...variables, SIGNALWIRE_SPACE_URL: space.url });
    onTestFinished(() => service.close());
    const { id } = await service.api.create({ callSid: 'call', streamName: 'stream', ...request });
    const { status, evidence, attempts } = await service.finished(id);
    expect({ status, evidence, attempts: attempts.length }).toEqual({
      status: 'succeeded',
      evidence: 'document_fetched',
      attempts: 1,
    });
    expect(space.asked.posts).toBe(1);
  });
});
