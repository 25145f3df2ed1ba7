import { Redis } from 'ioredis';

/** The URL as it may be shown: without the password, and nothing of a text that is no URL. */
export function hidePassword(url: string): string {
  if (!URL.canParse(url)) {
    return '(not a valid URL)';
  }
  const shown = new URL(url);
  if (shown.password !== '') {
    shown.password = '***';
  }
  // ioredis also takes a password as a parameter.
  if (shown.searchParams.has('password')) {
    shown.searchParams.set('password', '***');
  }
  return shown.href;
}

/**
 * Resolves once the Redis answers a PING.
 *
 * @throws the first error met, which may carry the password: pass on its message only
 */
export async function pingRedis(url: string, timeoutMs: number): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
  });
  // A refused connection is told by this event; the PING itself only says that the connection is closed.
  const failure = new Promise<never>((_, reject) => {
    client.on('error', reject);
  });
  try {
    await Promise.race([client.ping(), failure]);
  } finally {
    client.disconnect();
  }
}
