import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';

const FILES = new URL('./page/', import.meta.url);

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

/** Serves the page at `/` and its files under `/page/`. */
export async function servePage(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.register(fastifyStatic, {
    root: FILES,
    prefix: '/page/',
    index: false,
    maxAge: 0,
    // A build without the page's files still works, except for the page.
    suppressWarning: true,
    setHeaders: (reply) => void reply.headers(HEADERS),
  });
  fastify.get('/', (_request, reply: FastifyReply) => reply.sendFile('page.html'));
}
