import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpAdapter } from '../../../src/platform/http/http-adapter.js';
import { Metrics } from '../../../src/platform/metrics/metrics.js';

describe('a request that is never sent to its end', () => {
  let app: NestFastifyApplication;
  let port: number;
  beforeAll(async () => {
    @Module({})
    class EmptyModule {}

    app = await NestFactory.create<NestFastifyApplication>(EmptyModule, httpAdapter('api', new Metrics()), {
      logger: false,
      bodyParser: false,
    });
    await app.listen(0, '127.0.0.1');
    port = Number(new URL(await app.getUrl()).port);
  });
  afterAll(() => app.close());

  it.concurrent.each([
    ['nothing', '', 5000],
    ['half a head', 'POST / HTTP/1.1\r\nHost: x\r\n', 5000],
    [
      'half a body',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
      10_000,
    ],
  ])('is cut off in time: %s', async (_, sent, limitMs) => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const start = performance.now();
    socket.write(sent);
    expect(await text(socket)).toContain('HTTP/1.1 408');
    const took = performance.now() - start;
    expect(took).toBeGreaterThan(limitMs - 100);
    expect(took).toBeLessThan(2 * limitMs);
  });
});
