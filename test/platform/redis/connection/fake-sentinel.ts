import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const array = (...items: readonly string[]): string => `*${items.length}\r\n${items.join('')}`;

/** Each is an array of texts. */
const EACH_COMMAND = /(?=\*\d+\r\n)/;

const CHANNEL = '+switch-master';

/** A sentinel that names `masterPort`, and can be made to take its time. It speaks RESP 2. */
export async function startFakeSentinel(masterPort: number) {
  const subscribers = new Set<Socket>();
  let asked: ((answer: () => void) => void) | null = null;
  const answer = (socket: Socket, command: string): void => {
    if (command.includes('get-master-addr-by-name')) {
      const named = () => void socket.write(array(bulk('127.0.0.1'), bulk(String(masterPort))));
      if (asked === null) named();
      else asked(named);
    } else if (command.includes('subscribe')) {
      subscribers.add(socket);
      socket.write(array(bulk('subscribe'), bulk(CHANNEL), ':1\r\n'));
    } else if (command.includes('sentinels')) {
      socket.write(array());
    } else {
      socket.write('-ERR unknown command HELLO\r\n');
    }
  };
  const server = createServer((socket) => {
    socket.on('data', (chunk) => {
      for (const command of chunk.toString().split(EACH_COMMAND)) answer(socket, command);
    });
    socket.on('error', () => undefined).on('close', () => subscribers.delete(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    port: (server.address() as AddressInfo).port,
    /** Resolves once it is asked for the master, with what answers. */
    asked: () =>
      new Promise<() => void>((resolve) => {
        asked = (named) => {
          asked = null;
          resolve(named);
        };
      }),
    subscribers,
    /** Tells all who listen of another master. */
    tell: (): void => {
      for (const socket of subscribers)
        socket.write(array(bulk('message'), bulk(CHANNEL), bulk('streamstop 127.0.0.1 1 127.0.0.1 2')));
    },
  };
}
