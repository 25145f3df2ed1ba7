import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { httpAdapter } from '../../../src/platform/http/http-adapter.js';
import { addLatePart } from '../../../src/platform/http/late-part.js';
import { ProblemFilter } from '../../../src/platform/http/problem.filter.js';
import { Metrics } from '../../../src/platform/metrics/metrics.js';

@Module({})
class NothingModule {}

const withRoutes = async (part: NestFastifyApplication): Promise<void> => {
  const fastify = part.getHttpAdapter().getInstance();
  fastify.get('/late', () => 'here');
  fastify.post('/late/echo', ({ body }) => ({ body }));
};

async function serve(fill: (part: NestFastifyApplication) => Promise<void>): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    NothingModule,
    httpAdapter('api', new Metrics()),
    { logger: false, bodyParser: false },
  );
  app.useGlobalFilters(new ProblemFilter());
  addLatePart(app, ['/late', '/late/*'], fill);
  await app.init();
  onTestFinished(() => app.close());
  return app;
}

describe('a late part', () => {
  it('is loaded when it is first asked for, once for all who ask', async () => {
    const fill = vi.fn<typeof withRoutes>(withRoutes);
    const app = await serve(fill);
    expect((await app.inject('/elsewhere')).statusCode).toBe(404);
    expect(fill).not.toHaveBeenCalled();
    const answers = await Promise.all([app.inject('/late'), app.inject('/late')]);
    expect(answers.map(({ payload }) => payload)).toEqual(['here', 'here']);
    expect(fill).toHaveBeenCalledOnce();
  });

  it('takes bodies as the API does', async () => {
    const app = await serve(withRoutes);
    const post = (payload: string, type: string) =>
      app.inject({ method: 'POST', url: '/late/echo', headers: { 'content-type': type }, payload });
    expect((await post('{"a":1}', 'application/json')).json()).toEqual({ body: { a: 1 } });
    expect((await post(JSON.stringify('x'.repeat(70_000)), 'application/json')).json()).toMatchObject({
      code: 'body_too_large',
    });
    expect((await post('x', 'text/plain')).statusCode).toBe(415);
  });

  it('answers what it does not have as the API does', async () => {
    const app = await serve(withRoutes);
    const response = await app.inject('/late/nothing?a=1');
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(response.json()).toMatchObject({ status: 404, code: 'not_found', instance: '/late/nothing' });
  });

  it('is loaded by the next request where that failed', async () => {
    const fill = vi.fn<typeof withRoutes>(withRoutes).mockRejectedValueOnce(new Error('a file is missing'));
    const app = await serve(fill);
    const failed = await app.inject('/late');
    expect(failed.statusCode).toBe(500);
    expect(failed.json()).toMatchObject({ code: 'internal_error' });
    expect((await app.inject('/late')).payload).toBe('here');
  });

  it('is closed with the application', async () => {
    const closed = vi.fn<() => Promise<void>>();
    const app = await serve(async (part) => {
      await withRoutes(part);
      part.getHttpAdapter().getInstance().addHook('onClose', closed);
    });
    await app.inject('/late');
    await app.close();
    expect(closed).toHaveBeenCalledOnce();
  });
});
