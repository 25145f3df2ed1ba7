import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { documentsServerOptions } from '../../src/documents/documents.server.js';
import { httpAdapter } from '../../src/platform/http/http-adapter.js';
import { Metrics } from '../../src/platform/metrics/metrics.js';

it('serves documents until the port is closed', async () => {
  const fastify = httpAdapter('documents', new Metrics(), documentsServerOptions({})).getInstance();
  const whileClosing: string[] = [];
  fastify.get('/document', () => 'served');
  fastify.addHook('preClose', async () => {
    const { port } = fastify.server.address() as AddressInfo;
    whileClosing.push(await (await fetch(`http://127.0.0.1:${port}/document`)).text());
  });
  await fastify.listen({ port: 0, host: '127.0.0.1' });
  await fastify.close();
  expect(whileClosing).toEqual(['served']);
});
