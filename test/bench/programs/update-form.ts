import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Dispatcher } from 'undici';
import { CALL } from './constants.js';

/** The address of the document that an update names. */
export const documentUrlOf = async (request: IncomingMessage): Promise<string> =>
  new URLSearchParams(await text(request)).get('Url') ?? '';

/** The smallest possible update: POSTs the document's address and reads the answer. */
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
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Url: url, Method: 'POST' }).toString(),
  });
  await body.dump();
}

export const CALL_ANSWER = {
  headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(CALL) },
  body: CALL,
};
