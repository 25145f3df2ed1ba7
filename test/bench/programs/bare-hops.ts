import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { Agent } from 'undici';
import { DOCUMENT, DOCUMENT_TYPE } from './constants.js';
import type { BareJob } from './constants.js';
import { givenSetup, listen, tellReady } from './setup.js';
import { postUpdate } from './update-form.js';

export interface BareHopsSetup {
  readonly stubUrl: string;
}

/** Turns each request into an update at once, without a queue: no stop can take fewer hops. */
const { stubUrl } = givenSetup() as BareHopsSetup;
const agent = new Agent();
const server = createServer((request, response) => {
  if (request.url === '/cancellations') {
    void json(request).then((body) => {
      response.writeHead(202).end();
      const { callSid } = body as BareJob;
      return postUpdate(agent, stubUrl, callSid, `http://127.0.0.1:${port}/${callSid}`);
    });
  } else {
    response.writeHead(200, { 'content-type': DOCUMENT_TYPE }).end(DOCUMENT);
  }
});
const port = await listen(server);
tellReady(port);
