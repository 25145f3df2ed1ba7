import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';

const SOURCES = fileURLToPath(new URL('../', import.meta.url));
const PAGE = join(SOURCES, 'console/page/page.html');

/** What the page needs, at the paths at which its modules find it. */
const FOLDERS = ['console/page', 'platform/page'];

const { resolve } = createRequire(import.meta.url);

/** Preact with hooks and htm, in one file. */
const PREACT = join(dirname(resolve('htm')), '../preact/standalone.module.js');

const IMPORT_MAP = /<script type="importmap">([^<]*)<\/script>/;

/**
 * Shows the operators' page at `/`. Its files need no key: the page asks for one and uses the API with it. A build
 * without the files still works, except for the page.
 */
export async function showConsole(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.register(async (scope) => {
    for (const [index, folder] of FOLDERS.entries())
      await scope.register(fastifyStatic, {
        root: join(SOURCES, folder),
        prefix: `/${folder}/`,
        decorateReply: index === 0,
        index: false,
        maxAge: 0,
        suppressWarning: true,
      });
    scope.get('/console/lib/preact.js', (_request, reply) =>
      reply.sendFile(basename(PREACT), dirname(PREACT)),
    );
    scope.get('/', async (_request, reply) => sendPage(reply, fastify.basePath));
  });
}

/** The addresses in the page begin at `<base>`, so that they are right however a proxy shows it. */
async function sendPage(reply: FastifyReply, basePath: string): Promise<string> {
  const html = await readFile(PAGE, 'utf8');
  const [, importMap = ''] = IMPORT_MAP.exec(html) ?? [];
  const hash = createHash('sha256').update(importMap).digest('base64');
  reply.type('text/html; charset=utf-8').headers({
    'cache-control': 'no-cache',
    'content-security-policy': policyOf(hash),
  });
  return html.replace('<base href="/"', `<base href="${basePath}/"`);
}

/**
 * Allows the page its own files and its own API: no other inline script than its import map, no inline styles, no
 * framing.
 */
const policyOf = (importMapHash: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'sha256-${importMapHash}'`,
    "style-src 'self'",
    "connect-src 'self'",
    // The empty icon keeps browsers from requesting /favicon.ico.
    'img-src data:',
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
