import { Controller, Get, Module, NotFoundException, Param } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessOf } from '../../access/fixtures/api-keys.js';
import { configureRequests } from '../../../src/api/api.server.js';
import { configureDocuments } from '../../../src/documents/documents.server.js';
import { httpAdapter } from '../../../src/platform/http/http-adapter.js';
import type { ServerName } from '../../../src/platform/http/http-adapter.js';
import { routableUrl } from '../../../src/platform/http/routable-url.js';
import { Metrics } from '../../../src/platform/metrics/metrics.js';

const KEY = { authorization: 'Bearer secret' };

/** As long as the head of a request may be. */
const LONG = 'x'.repeat(15_000);

@Controller()
class ThingsController {
  @Get('things/:id')
  find(@Param('id') id: string): never {
    throw new NotFoundException(`there is no thing ${id}`);
  }
}

async function serve(
  name: ServerName,
  configure: (app: NestFastifyApplication) => void | Promise<void>,
): Promise<NestFastifyApplication> {
  @Module({ controllers: [ThingsController] as Type[] })
  class ThingsModule {}

  const app = await NestFactory.create<NestFastifyApplication>(
    ThingsModule,
    httpAdapter(name, new Metrics()),
    { logger: false, bodyParser: false },
  );
  await configure(app);
  await app.init();
  return app;
}

/** They cannot be decoded, or lead nowhere. */
const WRONG_URLS = [
  '/%zz',
  '/%',
  '/things/%zz',
  '/things/%ff',
  '/%C3',
  '*',
  `/things/${LONG}`,
  `/${LONG}`,
].map((url) => ({
  url,
  name: url.slice(0, 20),
}));

describe('a wrong URL', () => {
  let api: NestFastifyApplication;
  let documents: NestFastifyApplication;
  beforeAll(async () => {
    api = await serve('api', (app) =>
      configureRequests(app, {
        ...accessOf({ name: 'billing', key: 'secret' }),
        metrics: new Metrics(),
      }),
    );
    documents = await serve('documents', configureDocuments);
  });
  afterAll(() => Promise.all([api.close(), documents.close()]));

  it.each(WRONG_URLS)('gets 401 without a key: $name', async ({ url }) => {
    const response = await api.inject({ url });
    expect(response.statusCode).toBe(401);
    expect(response.json()).toMatchObject({ code: 'unauthorized' });
  });

  it.each(WRONG_URLS)('gets a short problem with a key: $name', async ({ url }) => {
    const response = await api.inject({ url, headers: KEY });
    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(response.json()).toMatchObject({ status: 404, code: 'not_found' });
    expect(response.body.length).toBeLessThan(1000);
  });

  it.each(WRONG_URLS)('gets an empty document on the public port: $name', async ({ url }) => {
    const response = await documents.inject({ url });
    expect([response.statusCode, response.headers['content-type'], response.body]).toEqual([
      404,
      'text/xml; charset=utf-8',
      '<?xml version="1.0" encoding="UTF-8"?><Response/>',
    ]);
  });

  it('is not confused with a URL that decodes to the same text', async () => {
    const details = await Promise.all(
      ['/things/%zz', '/things/%25zz', '/things/%2541', 'http://host/things/a%20b'].map(
        async (url) => (await api.inject({ url, headers: KEY })).json<{ detail: string }>().detail,
      ),
    );
    expect(details).toEqual([
      'there is no thing %zz',
      'there is no thing %zz',
      'there is no thing %41',
      'there is no thing a b',
    ]);
  });
});

describe('routableUrl', () => {
  it.each([
    ['/a/b%20c?d=%zz', '/a/b%20c?d=%zz'],
    ['/a%zz?b=%20', '/a%25zz?b=%2520'],
    ['*', '/*'],
    ['http://host', '/'],
    ['http://host:80?a=b', '/?a=b'],
    ['HTTPS://host/a?b', '/a?b'],
  ])('makes of %s', (url, routable) => {
    expect(routableUrl(url)).toBe(routable);
  });

  it('leaves what can be decoded as it is, and makes the rest so', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.stringMatching(/^[%a-f0-9/]{0,20}$/), (path, tail) => {
        const url = `/${path}${tail}`;
        const routable = routableUrl(url);
        expect(() => decodeURI(routable)).not.toThrow();
        expect(routableUrl(routable)).toBe(routable);
      }),
    );
  });
});
