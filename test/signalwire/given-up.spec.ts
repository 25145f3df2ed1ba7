import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { expect, it, onTestFinished, vi } from 'vitest';
import { RequestTimedOutError } from '../../src/signalwire/signalwire.errors.js';
import { clientOf, listening, refusalOf } from './fixtures/project-client.js';
import { SELF_SIGNED } from './fixtures/self-signed.js';

/** Nothing here is signed, and Node says so once. */
function trustAnybody(): void {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    warning.mockRestore();
  });
}

const SERVERS: Readonly<Record<string, (listener: (socket: Socket) => void) => Server>> = {
  http: createServer,
  https: (listener) => createTlsServer(SELF_SIGNED, listener),
};

it.each(Object.keys(SERVERS))(
  'an update over %s that is given up ends in a reset, so that the system does not go on sending it',
  async (protocol) => {
    trustAnybody();
    const ends: string[] = [];
    const server = (SERVERS[protocol] as (typeof SERVERS)[string])((socket) => {
      socket.on('error', ({ message }) => ends.push(message));
      socket.on('end', () => ends.push('closed')).resume();
    });
    const { port } = new URL(await listening(server));
    onTestFinished(() => {
      server.close();
    });
    const client = clientOf({ url: `${protocol}://localhost:${port}` }, { REQUEST_TIMEOUT_MS: '500' });
    expect(await refusalOf(client)).toBeInstanceOf(RequestTimedOutError);
    await vi.waitFor(() => expect(ends[0]).toBe('read ECONNRESET'));
  },
);
