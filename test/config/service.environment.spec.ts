import { generateKeyPairSync } from 'node:crypto';
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

/** A private key, but not of Ed25519. */
const OTHER_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

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
      MAX_ATTEMPTS: undefined,
      MAX_REQUESTS_PER_SECOND: 1000,
      DEADLINE_MS: 60_000,
      REQUIRED_EVIDENCE: 'document_fetched',
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
      API_KEYS: 'billing:correct-horse-battery-staple,fraud:another:horse:battery:staple',
      PORT: '8080',
      ALLOW_UNSAFE_REDIS: 'true',
      DEFAULT_THEN: '[{"redirect":"https://app.example.com/flow","method":"POST"}]',
    });

    expect(environment.PUBLIC_URL).toBe('https://stop.example.com');
    expect(environment.ROLES).toEqual(['worker', 'documents']);
    expect(environment.ALLOW_UNSAFE_REDIS).toBe(true);
    expect(environment.API_KEYS).toEqual([
      { name: 'billing', key: 'correct-horse-battery-staple' },
      { name: 'fraud', key: 'another:horse:battery:staple' },
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
    ['PORT', '0x50', 'a whole number'],
    ['PORT', '1e3', 'a whole number'],
    ['PORT', ' 80', 'a whole number'],
    ['PORT', '+80', 'a whole number'],
    ['PORT', '-0', 'a whole number'],
    ['PORT', '80.0', 'a whole number'],
    ['PUBLIC_PORT', '3000', 'PUBLIC_PORT must differ from PORT'],
    ['METRICS_PORT', '3000', 'METRICS_PORT must differ from PORT'],
    ['METRICS_PORT', '3001', 'METRICS_PORT must differ from PUBLIC_PORT'],
    ['BACKOFF_BASE_MS', '8001', 'BACKOFF_BASE_MS must be at most BACKOFF_CAP_MS'],
    ['REDIS_URL', 'localhost:6379', 'redis://localhost:6379'],
    ['REDIS_URL', 'http://localhost:6379', 'a redis or rediss URL'],
    ['REDIS_URL', 'redis://localhost:6379/99x', 'redis://user:password@localhost:6379/0'],
    ['REDIS_URL', 'redis://localhost:6379/0/1', 'redis://user:password@localhost:6379/0'],
    ['REDIS_URL', 'redis://:p#w@localhost:6379', 'percent-encoded'],
    ['REDIS_URL', 'redis://:50%off@localhost:6379', 'percent-encoded'],
    ['REDIS_URL', 'redis://:p/w@localhost:6379', 'percent-encoded'],
    ['PUBLIC_URL', 'stop.example.com', 'https://example.com'],
    ...['PUBLIC_URL', 'FALLBACK_URL'].flatMap((name) =>
      ['?a=1', '?', '/base?a=1', '#top', '#', '/base#top'].map((end) => [
        name,
        `https://stop.example.com${end}`,
        'without user, query and fragment',
      ]),
    ),
    ['PUBLIC_URL', 'https://user:password@stop.example.com', 'without user, query and fragment'],
    ['PUBLIC_URL', 'https://user@stop.example.com/', 'without user, query and fragment'],
    ['FALLBACK_URL', 'https://user:password@stop.example.com', 'without user, query and fragment'],
    ...['/api/laml', '/api/laml/', '?a=1', '#top', '/?a=1'].map((end) => [
      'SIGNALWIRE_SPACE_URL',
      `https://example.signalwire.com${end}`,
      'origin alone, such as https://example.signalwire.com',
    ]),
    ['SIGNALWIRE_SPACE_URL', 'https://user:password@example.signalwire.com', 'no user'],
    ['SIGNALWIRE_SPACE_URL', 'https://user@example.signalwire.com', 'no user'],
    ['SIGNALWIRE_SPACE_URL', 'example.signalwire.com', 'https://example.signalwire.com'],
    ['LINK_SECRET', 'short', '32 bytes or more'],
    ['LINK_SECRET', ' '.repeat(32), '32 bytes or more'],
    ['LINK_SECRET', `\t${'x'.repeat(31)} `, '32 bytes or more'],
    ['API_KEYS', 'nameless', 'name:key'],
    ['BASE_PATH', 'streamstop', 'must be a path such as /streamstop'],
    ['BASE_PATH', '/', 'must be a path such as /streamstop'],
    ['BASE_PATH', '/streamstop/', 'must be a path such as /streamstop'],
    ['BASE_PATH', '//streamstop', 'must be a path such as /streamstop'],
    ['BASE_PATH', '/a/../b', 'must be a path such as /streamstop'],
    ['BASE_PATH', '/a b', 'must be a path such as /streamstop'],
    ['BASE_PATH', '/a?b', 'must be a path such as /streamstop'],
    ['BASE_PATH', '/queue', 'not beginning with that of a route'],
    ['BASE_PATH', '/queue/streamstop', 'not beginning with that of a route'],
    ['BASE_PATH', '/openapi.json', 'not beginning with that of a route'],
    [
      'API_KEYS',
      'a:correct-horse-battery-staple,a:another-horse-battery-staple',
      'each name and each key once',
    ],
    ['API_KEYS', 'a:x', '24 or more visible ASCII characters'],
    ['API_KEYS', 'a:schlüssel-schlüssel-schlüssel', '24 or more visible ASCII characters'],
    ['PROOF_KEY', 'secret', 'an Ed25519 private key in PEM'],
    ['PROOF_KEY', OTHER_KEY, 'an Ed25519 private key in PEM'],
    ['MAX_ATTEMPTS', '1.5', 'a whole number of attempts'],
    ['MAX_REQUESTS_PER_SECOND', '0', 'a whole number of requests from 1 to 100000'],
    ['MAX_REQUESTS_PER_SECOND', '100001', 'a whole number of requests from 1 to 100000'],
    ['DEFAULT_THEN', '{}', 'a list of verbs'],
    ['DEFAULT_THEN', '[{say:"x"}]', 'DEFAULT_THEN is not valid JSON: unexpected character at position 3'],
    ['DEFAULT_THEN', '[{"say":"x"}', 'at position 13'],
    ['SIGNALWIRE_SIGNING_KEY', '"PSK0123456789"', 'without spaces and quotes'],
    ['SIGNALWIRE_SIGNING_KEY', "'PSK0123456789'", 'without spaces and quotes'],
    ['SIGNALWIRE_SIGNING_KEY', 'PT0123456789', 'such as PSK'],
    ['SIGNALWIRE_PROJECT_ID', 'PT0123456789', 'it looks like 8f0c4b47'],
    ['SIGNALWIRE_API_TOKEN', 'PSK0123456789', 'it looks like PT'],
    ['SIGNALWIRE_API_TOKEN', '"PT0123456789"', 'without quotes'],
    ['DEFAULT_THEN', '[{"sing":"la"}]', 'exactly one of say, play, pause, redirect, dial, enqueue, hangup'],
    ['DEFAULT_THEN', '[{"dial":"5551234567"}]', 'a number in E.164 form, such as +15551234567, or a SIP URI'],
    ['DEFAULT_THEN', '[{"say":"x","foo":"y"}]', 'DEFAULT_THEN[0].foo: foo is not a known field'],
    ['DEFAULT_THEN', '[{"say":"x","langauge":"en"}]', 'DEFAULT_THEN[0].langauge: langauge is not'],
    ['DEFAULT_THEN', '[{"pause":1},{"say":"x","toString":"y"}]', 'DEFAULT_THEN[1]: toString is not'],
    ['DEFAULT_THEN', '[{"say":"x","__proto__":{}}]', 'DEFAULT_THEN[0]: __proto__ is not a known field'],
    ['SIGNALWIRE_SIGNING_KEY', 'PSK 0123', 'one key without spaces and quotes'],
    ['SIGNALWIRE_PREVIOUS_SIGNING_KEY', 'PSK 0123', 'one key without spaces and quotes'],
    ['SOURCE_REQUESTS_PER_MINUTE', '0', 'a whole number of requests from 1 to 1000000'],
    ['TRUSTED_PROXIES', '10.0.0.0/0', 'addresses or CIDR ranges, separated by commas'],
    ['TRUSTED_PROXIES', 'proxy.example.com', 'such as 127.0.0.1,10.0.0.0/8'],
    ['SIGNALWIRE_SIGNING_KEY', 'x'.repeat(129), 'one key without spaces and quotes'],
    ['REQUIRED_EVIDENCE', 'none', 'one of accepted, document_fetched, stream_stopped'],
    ...[
      'stop.example.com/{streamName}',
      'ftp://example.com/{streamName}',
      'https://{streamName}.example.com/',
      'https://user:password@example.com/?name={streamName}',
      'https://example.com/?name={streamname}',
      'https://example.com/?name={{streamName}}',
      'https://example.com/?name={streamName',
      'https://example.com/?name=a b',
      'https://example.com\\{streamName}',
      `https://example.com/${'x'.repeat(2048)}`,
    ].map((url) => ['DOCUMENT_URL', url, 'an http or https URL of at most 2048 characters']),
    ['CALLBACK_HOSTS', 'https://app.example.com', 'hosts of the form host or host:port'],
    ...[
      'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'whsec_',
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa',
      `whsec_${Buffer.alloc(65).toString('base64')}`,
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS',
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-',
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw,',
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    ].map((secret) => ['CALLBACK_SECRETS', secret, 'one secret, or two separated by a comma: whsec_']),
    ['ALLOW_UNSAFE_REDIS', 'yes', 'ALLOW_UNSAFE_REDIS must be true or false'],
    ['LISTEN_ADDRESS', 'localhost', 'an IP address, such as ::'],
    ['DRAIN_MS', '-1', 'a whole number of milliseconds from 0'],
    ['LOG_LEVEL', 'loud', 'one of fatal, error, warn, info, debug, trace'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'the http or https URL of a collector'],
    ['OTEL_TRACES_SAMPLER', 'sometimes', 'one of always_on, always_off, traceidratio'],
  ] as [string, string, string][])('refuses %s=%s and says what is right', (name, value, right) => {
    const faults = faultsOf({ ...REQUIRED, [name]: value });
    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults) expect(fault.startsWith(name)).toBe(true);
    expect(faults.join('\n')).toContain(right);
  });

  it.each([
    ['REDIS_URL', 'redis://:pw@redis_1:6379'],
    ['REDIS_URL', 'rediss://user:p%23w%25@redis.example.com:6380/15?family=6'],
    ['REDIS_URL', 'redis://localhost/'],
    ['REDIS_URL', 'redis://[::1]:6379/1'],
    ['PUBLIC_URL', 'http://10.0.0.5:3001'],
    ['PUBLIC_URL', 'http://streamstop:3001/base'],
    ['SIGNALWIRE_SPACE_URL', 'http://simulator:4010'],
    ['LINK_SECRET', 'x'.repeat(32)],
    ['DEFAULT_THEN', '[{"say":"x","language":"en-GB","voice":"woman"},{"hangup":true}]'],
    ['DEFAULT_THEN', '[{"play":"https://a.example/b.mp3"},{"dial":"+15551234567"},{"enqueue":"support"}]'],
    ['SOME_OTHER_PROGRAM', 'x'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318'],
    ['OTEL_TRACES_SAMPLER', 'parentbased_traceidratio'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment=staging'],
    ['SIGNALWIRE_SIGNING_KEY', 'PSK0123456789abcdef'],
    ['REQUIRED_EVIDENCE', 'accepted'],
    ['REQUIRED_EVIDENCE', 'stream_stopped'],
    ['DOCUMENT_URL', 'http://10.0.0.5:8080'],
    [
      'DOCUMENT_URL',
      'https://example.signalwire.com/laml-bins/2b5c9f5e-8f0c-4b47-9a52-6f6f1c2f8d11?STREAMNAME={streamName}#rt=1000',
    ],
    ['DOCUMENT_URL', 'https://example.com/calls/{callSid}?name={streamName}&again={streamName}'],
  ])('takes %s=%s', (name, value) => {
    expect(faultsOf({ ...REQUIRED, [name]: value })).toEqual([]);
  });

  it('drops a slash at the end of a space', () => {
    const SIGNALWIRE_SPACE_URL = 'https://example.signalwire.com/';
    expect(readEnvironment(ServiceEnvironment, { ...REQUIRED, SIGNALWIRE_SPACE_URL })).toMatchObject({
      SIGNALWIRE_SPACE_URL: 'https://example.signalwire.com',
    });
  });

  it('may have any free port several times, and the base of the backoff as its cap', () => {
    const variables = { PORT: '0', PUBLIC_PORT: '0', METRICS_PORT: '0', BACKOFF_BASE_MS: '8000' };
    expect(faultsOf({ ...REQUIRED, ...variables })).toEqual([]);
  });

  it('names all variables that share a port', () => {
    const variables = { PORT: '80', PUBLIC_PORT: '80', METRICS_PORT: '80' };
    expect(faultsOf({ ...REQUIRED, ...variables })).toEqual([
      'PUBLIC_PORT must differ from PORT',
      'METRICS_PORT must differ from PORT and PUBLIC_PORT',
    ]);
  });

  it('compares a variable with none that is wrong itself', () => {
    expect(faultsOf({ ...REQUIRED, PORT: 'http', PUBLIC_PORT: 'http', BACKOFF_CAP_MS: '?' })).toEqual([
      'PORT must be a whole number of a TCP port from 0 to 65535',
      'PUBLIC_PORT must be a whole number of a TCP port from 0 to 65535',
      'BACKOFF_CAP_MS must be a whole number of milliseconds from 1 to 86400000',
    ]);
  });

  it('needs no project of its own beside a projects file, but a whole one if any', () => {
    const { SIGNALWIRE_SPACE_URL, SIGNALWIRE_PROJECT_ID, SIGNALWIRE_API_TOKEN, ...others } = REQUIRED;
    const withFile = { ...others, SIGNALWIRE_PROJECTS_FILE: '/etc/streamstop/projects.json' };
    const whole = { SIGNALWIRE_SPACE_URL, SIGNALWIRE_PROJECT_ID, SIGNALWIRE_API_TOKEN };
    expect(faultsOf(withFile)).toEqual([]);
    expect(faultsOf({ ...withFile, ...whole })).toEqual([]);
    for (const name of Object.keys(whole)) {
      expect(faultsOf({ ...withFile, ...whole, [name]: '' })).toEqual(faultsOf({ ...REQUIRED, [name]: '' }));
      expect(faultsOf({ ...withFile, ...whole, [name]: '' })).toHaveLength(1);
      expect(faultsOf({ ...withFile, [name]: Reflect.get(whole, name) })).toHaveLength(2);
    }
  });

  it('names every fault of a value', () => {
    const DEFAULT_THEN = '[{"sing":"la"},{"dial":"x"},{"say":"x","foo":1},{"pause":-1}]';
    const places = faultsOf({ ...REQUIRED, DEFAULT_THEN }).map((fault) => /\[\d\]/.exec(fault)?.[0]);
    expect(new Set(places)).toEqual(new Set(['[0]', '[1]', '[2]', '[3]']));
  });

  it('shows no value, for it may be a secret', () => {
    expect(faultsOf({ ...REQUIRED, API_KEYS: 'hunter2' }).join('\n')).not.toContain('hunter2');
  });
});
