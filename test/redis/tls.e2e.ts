import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../support/program.js';
import { testVariables } from '../support/service.js';
import { Authority } from './certificates.js';
import type { Certificate } from './certificates.js';
import { startServiceOn } from './service-on.js';
import { MASTER, SERVER_NAME, startTlsCluster, startTlsRedis, startTlsSentinel } from './tls-redis.js';
import type { ServerTls, TlsServer } from './tls-redis.js';

/** The variables with which a client shows its certificate. */
const shown = ({ cert, key }: Certificate) => ({ REDIS_TLS_CERT_FILE: cert, REDIS_TLS_KEY_FILE: key });

const addressOf = ({ tlsPort }: TlsServer): string => `127.0.0.1:${tlsPort}`;

const NOWHERE = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };

describe('a Redis that speaks TLS, under a name of its own, with clients that show a certificate', () => {
  let folder: string;
  let tls: ServerTls;
  let client: Certificate;
  let stranger: Certificate;
  let redis: TlsServer;
  const servers: TlsServer[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streamstop-tls-'));
    const authority = await Authority.create(folder, 'authority');
    tls = { authority, server: await authority.sign(SERVER_NAME) };
    client = await authority.sign('streamstop');
    stranger = await (await Authority.create(folder, 'another-authority')).sign('stranger');
    redis = await started(startTlsRedis(tls));
  });
  afterAll(async () => {
    await Promise.all(servers.map(({ server }) => server.close()));
    await rm(folder, { recursive: true });
  });

  async function started(starting: Promise<TlsServer>): Promise<TlsServer> {
    const server = await starting;
    servers.push(server);
    return server;
  }

  const trusted = () => ({ REDIS_TLS_CA_FILE: tls.authority.cert, REDIS_TLS_SERVER_NAME: SERVER_NAME });
  const url = () => ({ REDIS_URL: `rediss://127.0.0.1:${redis.tlsPort}` });

  it.each<[string, () => Promise<Record<string, string>>]>([
    ['at REDIS_URL', async () => url()],
    [
      'behind Sentinel',
      async () => {
        const sentinel = await started(startTlsSentinel(tls, redis, folder));
        return { REDIS_SENTINELS: addressOf(sentinel), REDIS_SENTINEL_MASTER: MASTER, REDIS_TLS: 'true' };
      },
    ],
    [
      'as a cluster',
      async () => ({
        REDIS_CLUSTER_NODES: addressOf(await started(startTlsCluster(tls))),
        REDIS_TLS: 'true',
      }),
    ],
  ])('is used %s', async (_, where) => {
    const service = await startServiceOn({ ...(await where()), ...trusted(), ...shown(client) });
    expect(await service.stopAStream()).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(await service.isAlive()).toBe(true);
    expect(service.program.lines().filter(({ level }) => level === 'error')).toEqual([]);
  });

  it.each<[string, () => Record<string, string>, RegExp]>([
    [
      'the authority is not trusted',
      () => ({ REDIS_TLS_SERVER_NAME: SERVER_NAME, ...shown(client) }),
      /is not trusted: .* REDIS_TLS_CA_FILE /,
    ],
    [
      'the name is another one',
      () => ({ REDIS_TLS_CA_FILE: tls.authority.cert, ...shown(client) }),
      /is for another name: .* REDIS_TLS_SERVER_NAME /,
    ],
    ['no certificate is shown', trusted, /asks for a client certificate: .* REDIS_TLS_CERT_FILE /],
    [
      'the certificate is from another authority',
      () => ({ ...trusted(), ...shown(stranger) }),
      /refuses the client certificate in REDIS_TLS_CERT_FILE/,
    ],
  ])('is out of reach in plain words where %s', async (_, variables, words) => {
    const { REDIS_URL: __, ...rest } = await testVariables(NOWHERE);
    const program = run({ ...rest, ...url(), ...variables(), LOG_LEVEL: 'info' });
    const { reason } = (await program.logged('Redis is out of reach')) as unknown as { reason: string };
    expect(reason).toMatch(words);
  });
});
