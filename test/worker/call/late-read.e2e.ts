import { EventEmitter, once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { CancellationRecord } from '../../../src/cancellation/record.js';
import { startTestService } from '../../support/service.js';
import { json, startSpace } from './fixtures/space.js';

/**
 * An open attempt outlives its worker as one whose answer was lost, so it must not be written if it will not be sent.
 */
it('opens no attempt if the deadline passes while the call is read', async () => {
  const accepted = new EventEmitter<{ deadline: [number] }>();
  const deadline = once(accepted, 'deadline').then(([at]) => Number(at));
  const whenRead: CancellationRecord[] = [];
  let id = '';
  let reads = 0;
  const space = await startSpace({
    post: json(400, { code: 21_220, message: 'Call is not in-progress. Cannot redirect.' }),
    get: async (request, response) => {
      reads += 1;
      if (reads > 1) await setTimeout(Math.max(0, (await deadline) + 50 - Date.now()));
      if (reads > 2) whenRead.push((await service.queue.queue.getJob(id))?.progress as CancellationRecord);
      json(200, { sid: 'call', status: reads === 1 ? 'queued' : 'in-progress' })(request, response);
    },
  });
  const service = await startTestService({ SIGNALWIRE_SPACE_URL: space.url });
  onTestFinished(() => service.close());
  const created = await service.api.create({ callSid: 'call', streamName: 'stream', deadlineMs: 2000 });
  id = created.id;
  accepted.emit('deadline', Date.parse(created.deadline));

  const { status, attempts } = await service.finished(id);
  expect({ status, attempts: attempts.length }).toEqual({ status: 'expired', attempts: 1 });
  expect(whenRead).toMatchObject([{ open: null }]);
});
