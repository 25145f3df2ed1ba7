import type { RequestLine } from '../support/description/description.js';

export function requestLineOf(message: Buffer): RequestLine {
  const [method = '', target = ''] = message.toString('latin1').split('\r\n', 1)[0]?.split(' ') ?? [];
  return { method, target };
}
