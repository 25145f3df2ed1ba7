import { describe, expect, it } from 'vitest';
import { InvalidEnvironmentError, readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';

const REQUIRED = {
  REDIS_URL: 'redis://localhost:6379',
  PUBLIC_URL: 'https://stop.example.com/',
  LINK_SECRET: 'a secret of thirty-two bytes or more',
  SIGNALWIRE_SPACE_URL: 'https://example.signalwire.com',
  SIGNALWIRE_PROJECT_ID: '8f0c4b47-9a52-4f6f-8c2f-8d112b5c9f5e',
  SIGNALWIRE_API_TOKEN: 'PT0123456789',
};

function faultsOf(variables: NodeJS.ProcessEnv): readonly string[] {
  try {
    readEnvironment(ServiceEnvironment, variables);
  } catch (error) {
    if (error instanceof InvalidEnvironmentError) return error.faults;
    throw error;
  }
  return [];
}

describe('the environment', () => {
  it('needs the required variables alone and gives the others their defaults', () => {
    const environment = readEnvironment(ServiceEnvironment, REQUIRED);

    expect(environment).toMatchObject({
      ROLES: ['api', 'worker', 'documents'],
      PORT: 3000,
      PUBLIC_PORT: 3001,
      METRICS_PORT: 3002,
      QUEUE_PREFIX: '{streamstop}',
      API_KEYS: [],
      MAX_ATTEMPTS: 8,
      DEADLINE_MS: 60_000,
      DEFAULT_THEN: [{ say: 'Stopping stream' }],
      LOG_LEVEL: 'info',
    });
  });

  it('takes an empty variable for an unset one, as Compose passes it on', () => {
    expect(readEnvironment(ServiceEnvironment, { ...REQUIRED, PORT: '', FALLBACK_URL: '' })).toMatchObject({
      PORT: 3000,
      FALLBACK_URL: undefined,
    });
  });

  it('reads roles, keys, numbers and verbs', () => {
    const environment = readEnvironment(ServiceEnvironment, {
      ...REQUIRED,
      ROLES: 'worker, documents',
      API_KEYS: 'billing:k1,fraud:k:2',
      PORT: '8080',
      DEFAULT_THEN: '[{"redirect":"https://app.example.com/flow","method":"POST"}]',
    });

    expect(environment.PUBLIC_URL).toBe('https://stop.example.com');
    expect(environment.ROLES).toEqual(['worker', 'documents']);
    expect(environment.API_KEYS).toEqual([
      { name: 'billing', key: 'k1' },
      { name: 'fraud', key: 'k:2' },
    ]);
    expect(environment.PORT).toBe(8080);
    expect(environment.DEFAULT_THEN).toEqual([{ redirect: 'https://app.example.com/flow', method: 'POST' }]);
  });

  it('names every missing variable in one message', () => {
    expect(() => readEnvironment(ServiceEnvironment, {})).toThrow(InvalidEnvironmentError);
    const named = faultsOf({}).map((fault) => fault.split(' ')[0]);
    expect(new Set(named)).toEqual(new Set(Object.keys(REQUIRED)));
  });

  it.each([
    ['ROLES', 'api,cook', 'one or more of api, worker, documents'],
    ['PORT', '70000', 'from 0 to 65535'],
    ['PORT', 'http', 'a whole number'],
    ['REDIS_URL', 'localhost:6379', 'redis://localhost:6379'],
    ['PUBLIC_URL', 'stop.example.com', 'https://example.com'],
    ['LINK_SECRET', 'short', '32 bytes or more'],
    ['API_KEYS', 'nameless', 'name:key'],
    ['API_KEYS', 'a:1,a:2', 'each name once'],
    ['MAX_ATTEMPTS', '1.5', 'a whole number of attempts'],
    ['DEFAULT_THEN', '{', 'a list of verbs'],
    ['DEFAULT_THEN', '[{"sing":"la"}]', 'exactly one of say, pause, redirect, hangup'],
    ['LOG_LEVEL', 'loud', 'one of fatal, error, warn, info, debug, trace'],
  ])('refuses %s=%s and says what is right', (name, value, right) => {
    const faults = faultsOf({ ...REQUIRED, [name]: value });
    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults) expect(fault.startsWith(name)).toBe(true);
    expect(faults.join('\n')).toContain(right);
  });

  it('shows no value, for it may be a secret', () => {
    expect(faultsOf({ ...REQUIRED, API_KEYS: 'hunter2' }).join('\n')).not.toContain('hunter2');
  });
});
