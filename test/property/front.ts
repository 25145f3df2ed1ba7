import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { request } from 'undici';

/**
 * What a proxy makes of an answer: leaves it, compresses it, takes the provider's code out of it, or answers 503
 * although the request was carried out; or of a request: refuses it.
 */
export type Handling = 'as it is' | 'gzip' | 'without code' | 'masked' | 'refused';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

const UNAVAILABLE: Answer = { status: 503, headers: {}, body: Buffer.from('a gateway lost the answer') };

/** Starts a proxy. `handling` decides about each request, whose body it may read. */
export async function startFront(
  target: () => string,
  handling: (incoming: IncomingMessage, body: string) => Handling,
) {
  const server = createServer((incoming, response) => {
    pass(target(), incoming, response, handling).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function pass(
  target: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  handling: Parameters<typeof startFront>[1],
): Promise<void> {
  const { method = 'GET', url = '/', headers } = incoming;
  const body = await buffer(incoming);
  const how = handling(incoming, body.toString());
  const answer = how === 'refused' ? UNAVAILABLE : handled(how, await forwarded());
  response.writeHead(answer.status, answer.headers).end(answer.body);

  async function forwarded(): Promise<Answer> {
    const { host: _, connection: __, 'transfer-encoding': ___, ...others } = headers;
    const sent = { method: method as 'GET' | 'POST', headers: others, body: method === 'GET' ? null : body };
    const { statusCode, headers: answered, body: rest } = await request(target + url, sent);
    const { connection: _c, 'transfer-encoding': _t, 'keep-alive': _k, ...kept } = answered;
    return { status: statusCode, headers: kept, body: Buffer.from(await rest.arrayBuffer()) };
  }
}

function handled(how: Exclude<Handling, 'refused'>, answer: Answer): Answer {
  if (how === 'masked') return answer.status < 300 ? UNAVAILABLE : answer;
  if (how === 'gzip') return withBody(answer, gzipSync(answer.body), { 'content-encoding': 'gzip' });
  if (how === 'without code')
    return withBody(answer, Buffer.from(answer.body.toString().replace(/"code":\d+,/, '')));
  return answer;
}

function withBody({ status, headers }: Answer, body: Buffer, more: Answer['headers'] = {}): Answer {
  return { status, headers: { ...headers, ...more, 'content-length': String(body.length) }, body };
}
