import { describe, expect, it } from 'vitest';
import { compose } from './compose-project.js';

const REAL = {
  SIGNALWIRE_SPACE_URL: 'https://example.signalwire.com',
  SIGNALWIRE_PROJECT_ID: '8f0c4b47-9a52-4f6f-8c2f-8d112b5c9f5e',
  SIGNALWIRE_API_TOKEN: 'PT0123456789',
  PUBLIC_URL: 'https://stop.example.com',
  LINK_SECRET: 'a link secret of thirty-two bytes or more',
  API_KEYS: 'billing:correct-horse-battery-staple',
};

const SIMULATOR_KEY = 'PSKsimulator';

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly required: boolean }>>;
}

async function services(variables: Readonly<Record<string, string>>, ...files: readonly string[]) {
  const args = files.flatMap((file) => ['--file', file]);
  const printed = await compose([...args, 'config', '--format', 'json'], variables);
  return (JSON.parse(printed) as { services: Readonly<Record<string, Service>> }).services;
}

async function environments(variables: Readonly<Record<string, string>>, ...files: readonly string[]) {
  const { streamstop, worker, simulator } = await services(variables, ...files);
  return {
    streamstop: streamstop?.environment,
    worker: worker?.environment,
    simulator: simulator?.environment,
  };
}

describe('the settings of docker-compose.yml', () => {
  it('passes the credentials of SignalWire to the service and none of them to the simulator', async () => {
    const given = { ...REAL, SIGNALWIRE_SIGNING_KEY: 'PSK0123', MAX_ATTEMPTS: '3' };
    const { streamstop, worker, simulator } = await environments(given);
    expect(streamstop).toMatchObject({ ...given, ROLES: 'api,documents' });
    expect(worker).toMatchObject({ ...given, ROLES: 'worker' });
    expect(simulator).toEqual({
      SIMULATOR_HOST: '0.0.0.0',
      SIMULATOR_PORT: '4010',
      SIGNALWIRE_SIGNING_KEY: SIMULATOR_KEY,
      SERVICE_URL: 'http://streamstop:3000',
      SERVICE_API_KEY: 'demo-key',
    });
  });

  it.each(Object.keys(REAL).filter((name) => name !== 'SIGNALWIRE_SPACE_URL'))(
    'refuses a SignalWire space without %s',
    async (name) => {
      await expect(environments({ ...REAL, [name]: '' })).rejects.toThrow(
        `${name} is missing a value: set it in .env`,
      );
    },
  );

  describe('with several projects', () => {
    const FILES = ['docker-compose.yml', 'deploy/compose/projects.yml'];
    const { SIGNALWIRE_SPACE_URL, SIGNALWIRE_PROJECT_ID, SIGNALWIRE_API_TOKEN, ...OTHERS } = REAL;
    const OWN = { SIGNALWIRE_SPACE_URL, SIGNALWIRE_PROJECT_ID, SIGNALWIRE_API_TOKEN };
    const NONE = { SIGNALWIRE_SPACE_URL: '', SIGNALWIRE_PROJECT_ID: '', SIGNALWIRE_API_TOKEN: '' };

    it.each([OWN, NONE])('passes their file to the service, next to %o', async (own) => {
      const { streamstop, worker } = await environments({ ...OTHERS, ...own }, ...FILES);
      const shared = { ...OTHERS, ...own, SIGNALWIRE_PROJECTS_FILE: '/etc/streamstop/projects.json' };
      expect(streamstop).toMatchObject({ ...shared, ROLES: 'api,documents' });
      expect(worker).toMatchObject({ ...shared, ROLES: 'worker' });
    });

    it.each(Object.keys(OTHERS))('refuses them without %s', async (name) => {
      await expect(environments({ ...OTHERS, [name]: '' }, ...FILES)).rejects.toThrow(
        `${name} is missing a value: set it in .env`,
      );
    });
  });

  describe('with a Redis elsewhere', () => {
    const FILES = ['docker-compose.yml', 'deploy/compose/redis.yml'];

    it.each<Readonly<Record<string, string>>>([
      { REDIS_URL: 'rediss://redis.example.com', REDIS_TLS_SERVER_NAME: 'redis.internal' },
      { REDIS_URL: '', REDIS_SENTINELS: 'sentinel-1:26379', REDIS_SENTINEL_MASTER: 'primary' },
      { REDIS_URL: '', REDIS_CLUSTER_NODES: 'redis-1:6379', REDIS_TLS: 'true' },
    ])('passes %o to the service', async (where) => {
      const { streamstop, worker } = await environments(where, ...FILES);
      expect(streamstop).toMatchObject(where);
      expect(worker).toMatchObject(where);
    });

    it('starts none of its own, and the worker after the documents are served', async () => {
      const { redis, streamstop, worker } = await services({}, ...FILES);
      expect(redis).toBeUndefined();
      expect(streamstop?.depends_on).toMatchObject({ redis: { required: false } });
      expect(worker?.depends_on).toMatchObject({
        redis: { required: false },
        streamstop: { required: true },
      });
    });
  });

  it('gives the simulator and the service the same signing key', async () => {
    for (const environment of Object.values(await environments({})))
      expect(environment).toMatchObject({ SIGNALWIRE_SIGNING_KEY: SIMULATOR_KEY });
  });

  it('does not pass a SignalWire token to the simulator when the space is missing', async () => {
    const { worker } = await environments({ ...REAL, SIGNALWIRE_SPACE_URL: '' });
    expect(worker).toMatchObject({
      SIGNALWIRE_SPACE_URL: 'http://simulator:4010',
      SIGNALWIRE_API_TOKEN: 'PTsimulator',
    });
  });
});
