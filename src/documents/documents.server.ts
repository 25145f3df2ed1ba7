import type { Readable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServiceEnvironment } from '../config/service.environment.js';
import { EMPTY_DOCUMENT, XML } from '../cxml/stop-document.js';
import { readForm } from '../platform/http/body/form-body.js';
import { trustIn } from '../platform/http/trusted-proxies.js';
import type { ServerOptions } from '../platform/http/http-adapter.js';
import { answerClientErrors, answerInsteadOfNode } from '../platform/http/node-refusals.js';
import type { RefusalOf } from '../platform/http/node-refusals.js';
import { DocumentsFilter } from './documents.filter.js';

const emptyDocument: RefusalOf = () => ({ headers: { 'content-type': XML }, body: EMPTY_DOCUMENT });

/** The options in which the server of `PUBLIC_PORT` differs from the others. */
export const documentsServerOptions = ({
  TRUSTED_PROXIES = [],
}: Pick<ServiceEnvironment, 'TRUSTED_PROXIES'>) =>
  ({
    trustProxy: TRUSTED_PROXIES.length > 0 && trustIn(TRUSTED_PROXIES),
    // A stopping process still serves requests on open connections.
    return503OnClosing: false,
    clientErrorHandler: answerClientErrors(emptyDocument),
  }) satisfies ServerOptions;

/** SignalWire must get a response whatever its request contains, so every body is read as a form. */
export function configureDocuments(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  answerInsteadOfNode(fastify.server, emptyDocument);
  fastify.addHook('onRequest', (request, _reply, done) => {
    // Fastify refuses a malformed content type with 415 before it looks for a parser.
    delete request.headers['content-type'];
    done();
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request: unknown, payload: Readable) => readForm(payload));
  app.useGlobalFilters(new DocumentsFilter());
}
