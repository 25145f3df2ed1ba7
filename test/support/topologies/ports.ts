import { once } from 'node:events';
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

/** Below the range for outgoing connections, of which a drill makes thousands (RFC 6335, section 6). */
const LOWEST = 15_000;
const HIGHEST = 32_000;

/** Hands out ports, each once, so that a process can give up its port and take it again. */
export class Ports {
  private readonly taken = new Set<number>();

  async next(): Promise<number> {
    for (;;) {
      const port = randomInt(LOWEST, HIGHEST);
      if (this.taken.has(port) || !(await isFree(port))) continue;
      this.taken.add(port);
      return port;
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '0.0.0.0'), 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}
