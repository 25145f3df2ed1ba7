import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hidePassword, pingRedis } from '../../../src/demo/redis/redis-url.js';

describe('hidePassword', () => {
  it.each([
    ['redis://localhost:6379', 'redis://localhost:6379'],
    ['redis://:secret@localhost:6379/2', 'redis://:***@localhost:6379/2'],
    ['rediss://user:secret@host', 'rediss://user:***@host'],
    ['redis://host?password=secret', 'redis://host?password=***'],
    ['redis://:secret@', '(not a valid URL)'],
  ])('shows %s as %s', (url, shown) => {
    expect(hidePassword(url)).toBe(shown);
  });
});

describe('pingRedis', () => {
  it('fails with the reason when the connection is refused', async () => {
    await expect(pingRedis('redis://127.0.0.1:1', 1_000)).rejects.toThrow('ECONNREFUSED');
  });

  it('fails within its limit when a server takes the connection and keeps silent', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      silent.close();
    });
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    await expect(pingRedis(`redis://127.0.0.1:${port}`, 100)).rejects.toThrow('timed out');
  });
});
