import { connect } from 'node:net';
import type { Answered } from '../support/description/description.js';

/** After this long without data, the rest of a request is given up. A busy machine takes this long to answer. */
const IDLE_MS = 2000;
/** Longer than a server takes to close a connection whose other side has ended. */
const SILENT_MS = 15_000;

export interface Exchanged {
  /** In order; fewer than there were messages if the server closed the connection. */
  readonly answers: readonly Answered[];
  /** Whether the server left the connection open although its other side had ended. */
  readonly isSilent: boolean;
}

/** Sends messages on a connection of their own, and reads until each is answered or the server closes. */
export function exchange(url: string, messages: readonly Buffer[]): Promise<Exchanged> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) });
    const answers = (): Answered[] => answersIn(Buffer.concat(chunks).toString('latin1'), messages);
    const finish = (isSilent: boolean): void => {
      socket.destroy();
      resolve({ answers: answers(), isSilent });
    };
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (answers().length >= messages.length) finish(false);
    });
    // Node drops requests under way once the other side has ended, so end only if it waits for more.
    socket.setTimeout(IDLE_MS, () => {
      socket.end();
      socket.setTimeout(SILENT_MS, () => finish(true));
    });
    // A server may refuse a request before it has read all of it.
    socket.once('error', () => finish(false)).once('close', () => finish(false));
    socket.write(Buffer.concat(messages));
  });
}

const HEAD = /^HTTP\/1\.1 (\d{3})/;

/** The complete answers. */
function answersIn(text: string, messages: readonly Buffer[]): Answered[] {
  const answers: Answered[] = [];
  let rest = text;
  while (HEAD.test(rest)) {
    const length = rest.indexOf('\r\n\r\n');
    if (length < 0) break;
    const head = rest.slice(0, length);
    const status = Number(HEAD.exec(head)?.[1]);
    const after = rest.slice(length + 4);
    const size = isHead(messages[answers.length]) ? 0 : sizeOf(head);
    if (after.length < size) break;
    rest = after.slice(size);
    if (status >= 200) answers.push({ status, headers: headersIn(head), body: utf8(after.slice(0, size)) });
  }
  return answers;
}

/** The answer to HEAD names the length of a body that does not follow. */
const isHead = (message?: Buffer): boolean => message?.toString('latin1', 0, 5) === 'HEAD ';

function headersIn(head: string): Headers {
  const headers = new Headers();
  for (const line of head.split('\r\n').slice(1)) {
    const [name = '', ...value] = line.split(':');
    headers.append(name, value.join(':').trim());
  }
  return headers;
}

const sizeOf = (head: string): number => Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString();
