import { Redis } from 'ioredis';

/** The URL without its password, for people; shows nothing of a text that is not a URL. */
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
 * Resolves when Redis answers a PING.
 *
 * @throws the first error, which may contain the password: use its message only
 */
export async function pingRedis(url: string, timeoutMs: number): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
  });
  // The reason for a refused connection is in this event; the PING only reports a closed connection.
  const failure = new Promise<never>((_, reject) => {
    client.on('error', reject);
  });
  try {
    await Promise.race([client.ping(), failure]);
  } finally {
    client.disconnect();
  }
}
