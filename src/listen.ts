import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const ANY_IPV4 = '0.0.0.0';
const LOOPBACK = '127.0.0.1';
const LOOPBACK_IPV6 = '::1';

/** The process cannot listen as configured; the message is one line that says what to change. */
export class CannotListenError extends Error {
  override readonly name = 'CannotListenError';
}

/** The variable that sets a port. */
export type PortVariable = 'PORT' | 'PUBLIC_PORT' | 'METRICS_PORT' | 'SIMULATOR_PORT';

/** @throws {CannotListenError} */
export async function listen(
  app: NestFastifyApplication,
  variable: PortVariable,
  port: number,
  address: string,
): Promise<void> {
  try {
    await app.listen(port, address === '::' && !hasIpv6() ? ANY_IPV4 : address);
  } catch (error) {
    throw explained(error, variable, port, address);
  }
}

/**
 * Listens on both loopback addresses, since `localhost` may mean either.
 *
 * @throws {CannotListenError}
 */
export async function listenOnLoopback(
  app: NestFastifyApplication,
  variable: PortVariable,
  port: number,
): Promise<void> {
  const server = app.getHttpServer();
  const ipv6 = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    server.emit('connection', socket),
  );
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('preClose', async () => void ipv6.close());
  await listen(app, variable, port, LOOPBACK);
  if (!hasIpv6()) return;
  const { port: bound } = server.address() as AddressInfo;
  try {
    await once(ipv6.listen(bound, LOOPBACK_IPV6), 'listening');
  } catch (error) {
    throw explained(error, variable, bound, LOOPBACK_IPV6);
  }
}

/** What to do about a server that could not listen; `error` itself where that is not known. */
export function explained(error: unknown, variable: PortVariable, port: number, address: string): unknown {
  const remedy = remedyFor((error as NodeJS.ErrnoException).code, variable, port, address);
  return remedy === null ? error : new CannotListenError(remedy, { cause: error });
}

function remedyFor(
  code: string | undefined,
  variable: PortVariable,
  port: number,
  address: string,
): string | null {
  if (code === 'EADDRINUSE') {
    return `port ${port} (${variable}) is in use: stop the program that listens there, or set ${variable} to another port`;
  }
  if (code === 'EACCES') {
    return `this user may not listen on port ${port} (${variable}): set ${variable} to a port above 1023`;
  }
  if (code === 'EADDRNOTAVAIL') {
    return `${address} (LISTEN_ADDRESS) is not an address of this machine: set LISTEN_ADDRESS to one, or to ::`;
  }
  return null;
}

/** A kernel without IPv6 cannot listen on `::`, which otherwise includes IPv4. */
const hasIpv6 = (): boolean =>
  Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ family }) => family === 'IPv6'));

/** The URL of a server on this machine, which a server on every address has too. */
export const localUrl = async (app: NestFastifyApplication): Promise<string> =>
  (await app.getUrl()).replace(/\/\/\[::1?\]:/, '//127.0.0.1:');
