import { describeTarget } from './redis-target.js';
import type { RedisTarget } from './redis-target.js';

/**
 * What an error of the connection to Redis means, and what to do; the first that matches. TARGET stands for where Redis
 * is, and the other words in capitals for the settings that say so.
 */
const MEANINGS: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [
    /All sentinels are unreachable/,
    'no sentinel names TARGET: check that they run, ADDRESS, and REDIS_SENTINEL_MASTER',
  ],
  [/cluster support disabled/, 'TARGET is not a cluster: name it in REDIS_URL instead'],
  [/CLUSTERDOWN/, 'TARGET is down: CLUSTER INFO on its nodes says which slots have no master'],
  [/MOVED /, 'TARGET is a node of a cluster: name it in REDIS_CLUSTER_NODES instead'],
  [/Connection is closed/, 'TARGET does not answer: start it, or correct ADDRESS'],
  [/ECONNREFUSED/, 'nothing listens at TARGET: start Redis there, or correct ADDRESS'],
  // A container that has stopped loses its name.
  [
    /ENOTFOUND|EAI_AGAIN/,
    'the host name of TARGET has no address: start Redis if it is a container that has stopped, correct ADDRESS, or check your DNS server',
  ],
  [
    /^tls: .*ETIMEDOUT/,
    'TARGET does not answer: correct ADDRESS, check the network and its firewalls or, if it speaks no TLS, PLAIN',
  ],
  [
    /Socket timeout|no answer came/,
    'TARGET takes connections and does not answer: look at its log and its load, and at the network',
  ],
  [
    /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    'TARGET does not answer: correct ADDRESS, or check the network and its firewalls',
  ],
  [/NOAUTH|HELLO must be called/, 'TARGET asks for a password: PASSWORD'],
  [/WRONGPASS|invalid password|invalid username/, 'TARGET refuses the user or the password in LOGIN'],
  [
    /wrong version number|packet length too long|before secure TLS|EPROTO/i,
    'TARGET does not speak TLS: PLAIN',
  ],
  [
    /ALERT_(?:CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)/,
    'TARGET asks for a client certificate: name it in REDIS_TLS_CERT_FILE and REDIS_TLS_KEY_FILE',
  ],
  [
    /_ALERT_(?:UNKNOWN_CA|\w*CERTIFICATE)/,
    'TARGET refuses the client certificate in REDIS_TLS_CERT_FILE: show one that its CA has signed',
  ],
  [
    /ALTNAME_INVALID/,
    'the certificate of TARGET is for another name: set REDIS_TLS_SERVER_NAME to it, or correct ADDRESS',
  ],
  [
    /CERT|certificate|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)/,
    'the certificate of TARGET is not trusted: correct it, or name its CA in REDIS_TLS_CA_FILE',
  ],
  [/DB index|invalid DB/, 'TARGET does not have the database that REDIS_URL ends with'],
  [/NOPERM/, 'TARGET denies a right: docs/operations.md has the smallest rule that works'],
  [/READONLY/, 'TARGET is a read-only replica: point ADDRESS at the master'],
  [/OOM/, 'the memory of TARGET is full: raise its maxmemory, or lower RETENTION_HOURS'],
  [/NOREPLICAS/, 'TARGET refuses writes because too few replicas are connected'],
  [/MISCONF/, 'TARGET refuses writes because it cannot save its data: see its log'],
  [/LOADING/, 'TARGET is loading its data'],
  [
    /closed before an answer/,
    'TARGET closes the connection without an answer: if it expects TLS, TLS_WANTED',
  ],
];

const OF_URL = {
  ADDRESS: 'REDIS_URL',
  LOGIN: 'REDIS_URL',
  PASSWORD: 'put it in REDIS_URL, as in redis://user:password@host',
  PLAIN: 'begin REDIS_URL with redis:// instead of rediss://',
  TLS_WANTED: 'begin REDIS_URL with rediss://',
};

const OF_SEVERAL = {
  LOGIN: 'REDIS_USERNAME and REDIS_PASSWORD',
  PASSWORD: 'set REDIS_PASSWORD, and REDIS_USERNAME if it has users',
  PLAIN: 'remove REDIS_TLS',
  TLS_WANTED: 'set REDIS_TLS=true',
};

/** How the variables are called with which each kind of target is set. */
const SETTINGS: Readonly<Record<RedisTarget['kind'], Readonly<Record<string, string>>>> = {
  single: OF_URL,
  sentinel: { ADDRESS: 'REDIS_SENTINELS', ...OF_SEVERAL },
  cluster: { ADDRESS: 'REDIS_CLUSTER_NODES', ...OF_SEVERAL },
};

/** ioredis' plan for the sentinels, which would make each message another one. */
const RETRYING = / Retrying from scratch after \d+ms\./;

/** Says in words what is wrong with Redis, with its host and port, without user and password. */
export function redisFailure(
  target: RedisTarget,
  { message, code }: Pick<NodeJS.ErrnoException, 'message' | 'code'>,
): string {
  const text = `${code ?? ''} ${message.replace(RETRYING, '')}`.trim();
  const where = describeTarget(target);
  const meaning = MEANINGS.find(([pattern]) => pattern.test(`${usesTls(target) ? 'tls' : 'plain'}: ${text}`));
  if (meaning === undefined) return `${where}: ${text}`;
  const settings: Readonly<Record<string, string>> = { TARGET: where, ...SETTINGS[target.kind] };
  return `${meaning[1].replaceAll(/[A-Z_]{5,}/g, (word) => settings[word] ?? word)} (${text})`;
}

const usesTls = (target: RedisTarget): boolean =>
  target.tls !== undefined || (target.kind === 'single' && /^rediss:/i.test(target.url));
