import { Module } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll } from 'vitest';
import { configureRequests } from '../../src/api/api.server.js';
import { accessOf } from '../access/fixtures/api-keys.js';
import { httpAdapter } from '../../src/platform/http/http-adapter.js';
import { Metrics } from '../../src/platform/metrics/metrics.js';

/**
 * Serves a controller whose `POST /` returns its body, configured like the API. Returns a function that posts a body.
 */
export function echoApi(controller: Type) {
  let app: NestFastifyApplication;

  beforeAll(async () => {
    @Module({ controllers: [controller] })
    class EchoModule {}

    const metrics = new Metrics();
    const adapter = httpAdapter('api', metrics);
    app = await NestFactory.create<NestFastifyApplication>(EchoModule, adapter, {
      logger: false,
      bodyParser: false,
    });
    await configureRequests(app, { ...accessOf(), metrics });
    await app.init();
  });
  afterAll(() => app.close());

  return async (body: unknown) => {
    const response = await app.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'application/json' },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
  };
}
