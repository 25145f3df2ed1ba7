import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { MAX_BODY_BYTES, MAX_PATH_PARAMETER_LENGTH } from './limits.js';
import { ProblemFilter } from './problem.filter.js';

/** All of its routes are given to it by `fill`. */
@Module({})
class LatePart {}

/**
 * Routes that people look at and that nothing else needs: loaded when the first of them is asked for, so that no process
 * is slower to start, or larger, for pages that nobody opens.
 *
 * @param paths what belongs to the part; `/*` at the end stands for all that is below
 * @param fill gives the part its routes, each with its whole path
 */
export function addLatePart(
  app: NestFastifyApplication,
  paths: readonly string[],
  fill: (part: NestFastifyApplication) => Promise<void>,
): void {
  const fastify = app.getHttpAdapter().getInstance();
  let loading: Promise<NestFastifyApplication> | null = null;
  const load = (): Promise<NestFastifyApplication> => {
    loading ??= loadPart(fill).catch((error: unknown) => {
      // The next request tries again.
      loading = null;
      throw error;
    });
    return loading;
  };
  for (const path of paths) {
    fastify.all(path, {
      // Before the body is read, which is the part's affair.
      onRequest: async (request, reply) => {
        const part = (await load()).getHttpAdapter().getInstance();
        reply.hijack();
        part.routing(request.raw, reply.raw);
      },
      handler: () => undefined,
    });
  }
  fastify.addHook('onClose', async () => {
    await loading?.then((part) => part.close());
  });
}

async function loadPart(
  fill: (part: NestFastifyApplication) => Promise<void>,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH },
  });
  const part = await NestFactory.create<NestFastifyApplication>(LatePart, adapter, {
    abortOnError: false,
    bodyParser: false,
  });
  adapter.getInstance().removeContentTypeParser('text/plain');
  part.useGlobalFilters(new ProblemFilter());
  await fill(part);
  await part.init();
  await adapter.getInstance().ready();
  return part;
}
