import { once } from 'node:events';
import { createServer } from 'node:net';
import { explained } from '../listen.js';
import type { PortVariable } from '../listen.js';

/**
 * Fails before anything is started for a server that could not listen.
 *
 * @throws {CannotListenError}
 */
export async function checkPort(variable: PortVariable, port: number, address = '127.0.0.1'): Promise<void> {
  const server = createServer().listen(port, address);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw explained(error, variable, port, address);
  }
  server.close();
  await once(server, 'close');
}
