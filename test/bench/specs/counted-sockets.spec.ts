import { createServer } from 'node:http';
import { Pool } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { CountedSockets, trafficBetween } from '../measure/counted-sockets.js';
import { listen } from '../programs/setup.js';

it('counts the same bytes on both ends of a connection', async () => {
  const [inside, outside] = [new CountedSockets(), new CountedSockets()];
  const server = createServer((_, response) => response.end('1234'));
  server.on('connection', (socket) => inside.add(socket));
  const url = `http://127.0.0.1:${await listen(server)}`;
  const pool = new Pool(url, { connect: outside.connect });
  onTestFinished(async () => {
    await pool.close();
    server.close();
  });
  const before = outside.traffic;
  const { body } = await pool.request({ method: 'POST', path: '/', body: 'x'.repeat(5000) });
  expect(await body.text()).toBe('1234');
  const { sentBytes, receivedBytes } = trafficBetween(before, outside.traffic);
  expect(sentBytes).toBeGreaterThan(5000);
  expect(receivedBytes).toBeGreaterThan(4);
  expect(inside.traffic).toEqual({ sentBytes: receivedBytes, receivedBytes: sentBytes });
});
