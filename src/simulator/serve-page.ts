import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';

/** By path. The second has what the pages of the service and of the simulator have in common. */
const FOLDERS = {
  '/page/': new URL('./page/', import.meta.url),
  '/platform/page/': new URL('../platform/page/', import.meta.url),
};

/** Allows the page's own files and its own simulator only: no inline scripts or styles, and no framing. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  // The empty icon in page.html keeps browsers from requesting /favicon.ico.
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

/** Serves the page at `/`. */
export async function servePage(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  for (const [prefix, root] of Object.entries(FOLDERS))
    await fastify.register(fastifyStatic, {
      root,
      prefix,
      decorateReply: prefix === '/page/',
      index: false,
      maxAge: 0,
      // A build without the page's files still works, except for the page.
      suppressWarning: true,
      setHeaders: (reply) => void reply.headers(HEADERS),
    });
  fastify.get('/', (_request, reply: FastifyReply) => reply.sendFile('page.html'));
}
