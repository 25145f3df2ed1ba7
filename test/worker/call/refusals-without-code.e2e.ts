import { describe, expect, it, onTestFinished } from 'vitest';
import { startTestService } from '../../support/service.js';
import { json, startSpace } from './fixtures/space.js';
import type { Answer } from './fixtures/space.js';

const state = (status: string) => json(200, { sid: 'call', status });
const page =
  (status: number): Answer =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end('<html>no</html>');

const cancelAt = async (post: Answer, get: Answer) => {
  const space = await startSpace({ post, get });
  const service = await startTestService({ SIGNALWIRE_SPACE_URL: space.url });
  onTestFinished(() => service.close());
  const { id } = await service.api.create({ callSid: 'call', streamName: 'stream' });
  const { status, evidence, failure } = await service.finished(id);
  return { status, evidence, failure, reads: space.asked.reads };
};

describe('a 4xx without a known code of SignalWire', () => {
  it.each<[string, Answer]>([
    ['422 in JSON', json(422, { message: 'Call is not in-progress' })],
    ['422 with the code 0', json(422, { code: 0, message: 'Call is not in-progress' })],
    ['422 with an empty code', json(422, { errors: [{ code: '', message: 'Call is not in-progress' }] })],
    ['400 with an unknown code', json(400, { code: 99999, message: 'Call is not in-progress' })],
    ['403 with an unknown code', json(403, { code: 403, message: 'Forbidden' })],
    ['400 as a page', page(400)],
    ['400 without a body', (_, response) => response.writeHead(400).end()],
    ['403 as a page', page(403)],
  ])('is no failure where the call is over: %s', async (_, answer) => {
    expect(await cancelAt(answer, state('completed'))).toMatchObject({
      status: 'succeeded',
      evidence: 'call_ended',
      reads: 1,
    });
  });

  it('fails the cancellation of a call that goes on, once it was read', async () => {
    expect(await cancelAt(json(422, { message: 'no' }), state('in-progress'))).toMatchObject({
      status: 'failed',
      failure: { code: 'rejected', message: 'no' },
      reads: 1,
    });
  });
});
