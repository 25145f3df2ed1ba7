import { createServer } from 'node:https';
import { Logger } from '@nestjs/common';
import { expect, it, onTestFinished } from 'vitest';
import { SELF_SIGNED } from '../../signalwire/fixtures/self-signed.js';
import { listening } from '../../signalwire/fixtures/project-client.js';
import { startTestService } from '../../support/service.js';

const KEY = 'a key for tests of 24 characters'.replaceAll(' ', '-');

it('the end of a cancellation that failed on a certificate says so, in the record and in the log', async () => {
  const server = createServer(SELF_SIGNED);
  const { port } = new URL(await listening(server));
  onTestFinished(() => void server.close());
  const service = await startTestService({
    SIGNALWIRE_SPACE_URL: `https://localhost:${port}`,
    API_KEYS: `billing:${KEY}`,
  });
  onTestFinished(() => service.close());
  const lines: unknown[][] = [];
  const keep = (...line: unknown[]) => void lines.push(line);
  Logger.overrideLogger({ log: keep, warn: keep, error: keep });

  const headers = { authorization: `Bearer ${KEY}` };
  const body = { callSid: 'call', streamName: 'stream', deadlineMs: 1000 };
  const { id } = (await (await service.api.post(body, headers)).json()) as { id: string };
  await service.queue.finished(id);

  const message = expect.stringMatching(/^certificate not accepted: self-signed certificate/) as string;
  const end = await (await service.api.request(`/cancellations/${id}`, { headers })).json();
  expect(end).toMatchObject({ status: 'expired', failure: { code: 'unreachable', message } });
  await expect
    .poll(() => lines.find(([text]) => text === 'cancellation expired')?.[1])
    .toMatchObject({ cancellationId: id, outcome: 'unreachable', message, requestedBy: 'billing' });
});
