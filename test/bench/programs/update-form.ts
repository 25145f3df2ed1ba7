import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Dispatcher } from 'undici';
import { CALL, FORM } from './constants.js';

/** The `Url` of an update, which is where the document is. */
export const documentUrlOf = async (request: IncomingMessage): Promise<string> =>
  new URLSearchParams(await text(request)).get('Url') ?? '';

/** The least of an update: a POST of the document's address, and its answer read. */
export async function postUpdate(
  dispatcher: Dispatcher,
  stubUrl: string,
  callSid: string,
  url: string,
): Promise<void> {
  const { body } = await dispatcher.request({
    origin: stubUrl,
    method: 'POST',
    path: `/api/laml/2010-04-01/Accounts/bench/Calls/${callSid}`,
    headers: { 'content-type': FORM },
    body: new URLSearchParams({ Url: url, Method: 'POST' }).toString(),
  });
  await body.dump();
}

export const CALL_ANSWER = {
  headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(CALL) },
  body: CALL,
};
