import { createServer } from 'node:http';
import { fastify } from 'fastify';
import { DOCUMENT, DOCUMENT_TYPE } from './constants.js';
import { givenSetup, listen, tellReady } from './setup.js';

export interface BareDocumentsSetup {
  readonly by: 'fastify' | 'node:http';
}

/** The same bytes for every request. */
if ((givenSetup() as BareDocumentsSetup).by === 'fastify') {
  const server = fastify();
  server.post('/*', (_request, reply) => reply.type(DOCUMENT_TYPE).send(DOCUMENT));
  tellReady(Number(new URL(await server.listen({ port: 0, host: '127.0.0.1' })).port));
} else {
  const headers = { 'content-type': DOCUMENT_TYPE, 'content-length': Buffer.byteLength(DOCUMENT) };
  tellReady(
    await listen(createServer((_request, response) => response.writeHead(200, headers).end(DOCUMENT))),
  );
}
