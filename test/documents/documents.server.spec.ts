import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { documentsServerOptions } from '../../src/documents/documents.server.js';
import { httpAdapter } from '../../src/platform/http/http-adapter.js';
import { sourceOf } from '../../src/platform/http/source.js';
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

describe('the source of a request through trusted proxies', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:5678', '192.0.2.1'],
    ['192.0.2.1:5678, 10.0.0.2:443', '192.0.2.1'],
    ['192.0.2.1, [2001:db8::1]:443, 10.0.0.2', '192.0.2.1'],
    ['[2001:db9::1]:5678, [2001:db8::1]', '2001:db9:0:0::/64'],
    ['192.0.2.1, 192.0.2.2:1, 10.0.0.2:443', '192.0.2.2'],
    ['192.0.2.1, ::ffff:10.0.0.2', '192.0.2.1'],
    ['192.0.2.1, unknown, 10.0.0.2', '10.0.0.1'],
    ['', '10.0.0.1'],
  ])('is for X-Forwarded-For: %s', async (forwarded, source) => {
    const options = documentsServerOptions({ TRUSTED_PROXIES: ['10.0.0.0/8', '2001:db8::1'] });
    const fastify = httpAdapter('documents', new Metrics(), options).getInstance();
    fastify.get('/source', sourceOf);
    const headers = { 'x-forwarded-for': forwarded };
    const response = await fastify.inject({ url: '/source', remoteAddress: '10.0.0.1', headers });
    expect(response.body).toBe(source);
    await fastify.close();
  });
});
