import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Drill } from '../../drill.js';
import { finished } from '../../settlement.js';
import type { Stage } from '../../stage.js';

const GB = 1024 ** 3;
const CHUNK = Buffer.alloc(65_536, 'x');
/** More than fits into the buffers of both ends before the connection is closed. */
const MAX_SENT = 64 * 1024 ** 2;

export const providerHostile: readonly Drill[] = [
  {
    name: 'provider-floods',
    fault: 'SignalWire answers 200 with a body of 1 GB',
    async strike(stage) {
      let most = 0;
      const flood: RequestListener = (_request, response) => {
        response.setHeader('content-type', 'application/json');
        let sent = 0;
        const chunks = Readable.from(oneGb((bytes) => (most = Math.max(most, (sent += bytes)))));
        pipeline(chunks, response).catch(() => undefined);
      };
      await stage.startAll({ SIGNALWIRE_SPACE_URL: await serve(stage, flood), MAX_ATTEMPTS: '2' });
      const id = await stage.caller.insist({ callSid: stage.call(), deadlineMs: 10_000 });
      const { status, failure } = await finished(stage, id);
      const end = `${status}, ${failure?.code}`;
      stage.expect(end === 'failed, invalid_response' || end === 'expired, invalid_response', end);
      stage.expect(most <= MAX_SENT, `${(most / 1024 ** 2).toFixed(0)} MB of one answer were read`);
      return { recoveryMs: null };
    },
  },
  {
    name: 'provider-redirects',
    fault: 'SignalWire redirects to another origin',
    async strike(stage) {
      let visits = 0;
      const elsewhere = await serve(stage, (_request, response) => {
        visits += 1;
        response.end('{}');
      });
      await stage.startAll();
      const id = await stage.caller.insist({ callSid: stage.call({ redirect: elsewhere }) });
      const { status, attempts } = await finished(stage, id);
      stage.expect(status === 'succeeded', status);
      stage.expect(
        attempts[0]?.outcome === 'invalid_response',
        `the first attempt is ${attempts[0]?.outcome}`,
      );
      stage.expect(visits === 0, 'the credentials went to another origin');
      return { recoveryMs: null };
    },
  },
];

function* oneGb(onSent: (bytes: number) => void): Generator<Buffer> {
  for (let bytes = 0; bytes < GB; bytes += CHUNK.length) {
    onSent(CHUNK.length);
    yield CHUNK;
  }
}

/** @returns the origin of a server with this listener */
async function serve(stage: Stage, listener: RequestListener): Promise<string> {
  const server = await stage.own(async () => createServer(listener).listen(0, '127.0.0.1'), close);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
