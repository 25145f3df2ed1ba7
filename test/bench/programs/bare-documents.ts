import { fastify } from 'fastify';
import { DOCUMENT, DOCUMENT_TYPE } from './constants.js';
import { tellReady } from './setup.js';

/** Bare Fastify that answers every request with the same bytes. */
const server = fastify();
server.post('/*', (_request, reply) => reply.type(DOCUMENT_TYPE).send(DOCUMENT));
tellReady(Number(new URL(await server.listen({ port: 0, host: '127.0.0.1' })).port));
