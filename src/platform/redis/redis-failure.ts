/**
 * What an error of the connection to Redis means, and what to do; the first that matches. TARGET is the host and port.
 */
const MEANINGS: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [/ECONNREFUSED/, 'nothing listens at TARGET: start Redis there, or correct REDIS_URL'],
  [
    /ENOTFOUND|EAI_AGAIN/,
    'the host name of TARGET has no address: correct REDIS_URL, or check your DNS server',
  ],
  [
    /^rediss: .*ETIMEDOUT/,
    'TARGET does not answer: correct REDIS_URL, check the network and its firewalls or, if it speaks no TLS, begin REDIS_URL with redis://',
  ],
  [
    /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    'TARGET does not answer: correct REDIS_URL, or check the network and its firewalls',
  ],
  [
    /NOAUTH|HELLO must be called/,
    'TARGET asks for a password: put it in REDIS_URL, as in redis://user:password@host',
  ],
  [/WRONGPASS|invalid password|invalid username/, 'TARGET refuses the user or the password in REDIS_URL'],
  [
    /wrong version number|packet length too long|before secure TLS|EPROTO/i,
    'TARGET does not speak TLS: begin REDIS_URL with redis:// instead of rediss://',
  ],
  [
    /CERT|certificate|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)/,
    'the certificate of TARGET is not trusted: correct it, or name its CA in NODE_EXTRA_CA_CERTS',
  ],
  [/DB index|invalid DB/, 'TARGET does not have the database that REDIS_URL ends with'],
  [/NOPERM/, 'TARGET denies a right: docs/operations.md has the smallest rule that works'],
  [/READONLY/, 'TARGET is a read-only replica: point REDIS_URL at the master'],
  [/OOM/, 'the memory of TARGET is full: raise its maxmemory, or lower RETENTION_HOURS'],
  [/NOREPLICAS/, 'TARGET refuses writes because too few replicas are connected'],
  [/MISCONF/, 'TARGET refuses writes because it cannot save its data: see its log'],
  [/LOADING/, 'TARGET is loading its data'],
  [
    /closed before an answer/,
    'TARGET closes the connection without an answer: if it expects TLS, begin REDIS_URL with rediss://',
  ],
];

/**
 * Says in words what is wrong with Redis, with its host and port, without user and password.
 *
 * @param url of Redis
 */
export function redisFailure(
  url: string,
  { message, code }: Pick<NodeJS.ErrnoException, 'message' | 'code'>,
): string {
  const { protocol, hostname, port } = new URL(url);
  const target = `${hostname}:${port || 6379}`;
  const text = `${code ?? ''} ${message}`.trim();
  const meaning = MEANINGS.find(([pattern]) => pattern.test(`${protocol} ${text}`))?.[1];
  return meaning === undefined ? `${target}: ${text}` : `${meaning.replace('TARGET', target)} (${text})`;
}
