import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { connectionFailure } from '../../../src/platform/outgoing/connection-failure.js';
import { listening } from '../../signalwire/fixtures/project-client.js';

/** The error of a connection to a host with these addresses, at none of which anybody listens. */
async function refusedBy(...addresses: readonly string[]): Promise<{ error: Error; port: number }> {
  const server = createServer();
  const port = Number(new URL(await listening(server)).port);
  server.close();
  await once(server, 'close');
  const socket = connect({
    host: 'several.example.com',
    port,
    autoSelectFamily: true,
    lookup: (_host, _options, found) => {
      found(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    },
  });
  const [error] = (await once(socket, 'error').catch((failure: unknown) => [failure])) as [Error];
  return { error, port };
}

const systemError = (code: string, fields: object) =>
  Object.assign(new Error(`connect ${code}`), { code, ...fields });

describe('the failure of a connection', () => {
  it('names every address that refused it', async () => {
    const { error, port } = await refusedBy('127.0.0.1', '127.0.0.2');
    expect(error).toBeInstanceOf(AggregateError);
    expect(connectionFailure(error)).toBe(`connection refused (127.0.0.1:${port}, 127.0.0.2:${port})`);
  });

  it('names the one address of a host', async () => {
    const { error, port } = await refusedBy('127.0.0.1');
    expect(connectionFailure(error)).toBe(`connection refused (127.0.0.1:${port})`);
  });

  it.each([
    [
      'addresses that fail in different ways',
      new AggregateError([
        systemError('ENETUNREACH', { address: '2001:db8::1', port: 443 }),
        systemError('ECONNREFUSED', { address: '203.0.113.1', port: 443 }),
      ]),
      'network unreachable ([2001:db8::1]:443); connection refused (203.0.113.1:443)',
    ],
    [
      'an unknown host',
      systemError('ENOTFOUND', { hostname: 'space.example.com' }),
      'unknown host name (space.example.com)',
    ],
    [
      'an expired certificate',
      Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' }),
      'certificate not accepted: certificate has expired',
    ],
    ['an error of another kind', new Error('the client is closed'), 'the client is closed'],
    ['an error with a code alone', Object.assign(new Error(''), { code: 'EPROTO' }), 'EPROTO'],
    ['an error with nothing', new TypeError(), 'TypeError'],
    ['no error at all', 'text', 'text'],
  ])('says what happened for %s', (_, error, said) => {
    expect(connectionFailure(error)).toBe(said);
  });
});
