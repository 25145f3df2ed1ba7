import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { checkSpaces } from '../../src/config/spaces.js';

const SPACE = 'https://example.signalwire.com';
const CLEAR_SPACE = 'http://example.signalwire.com';
const SIMULATOR = 'http://127.0.0.1:4010';

/** @param spaceUrls of all projects; the environment's own is the simulator's */
function check(variables: Record<string, string>, ...spaceUrls: readonly string[]): void {
  const environment = readEnvironment(ServiceEnvironment, {
    REDIS_URL: 'redis://localhost:6379',
    LINK_SECRET: 'a secret of thirty-two bytes or more',
    PUBLIC_URL: 'https://stop.example.com',
    SIGNALWIRE_SPACE_URL: SIMULATOR,
    SIGNALWIRE_PROJECT_ID: '8f0c4b47-9a52-4f6f-8c2f-8d112b5c9f5e',
    SIGNALWIRE_API_TOKEN: 'PT0123456789',
    ...variables,
  });
  checkSpaces(environment, spaceUrls);
}

describe('private addresses of documents', () => {
  it.each([
    ['PUBLIC_URL', 'http://localhost:3001'],
    ['FALLBACK_URL', 'https://10.1.2.3'],
    ['PUBLIC_URL', 'http://stop.example.com'],
  ])('are refused: %s %s', (name, url) => {
    expect(() => check({ [name]: url }, SPACE)).toThrow(`${name} must be a public https address`);
  });

  it('are refused if one space of several is not private', () => {
    expect(() => check({ PUBLIC_URL: 'http://localhost:3001' }, SIMULATOR, SPACE)).toThrow('PUBLIC_URL');
  });

  it('are refused beside a public space with plain http', () => {
    expect(() => check({ PUBLIC_URL: 'http://localhost:3001' }, CLEAR_SPACE)).toThrow('PUBLIC_URL');
  });

  it('are taken where every space is private, or the variable allows them', () => {
    const PUBLIC_URL = 'http://localhost:3001';
    expect(() => check({ PUBLIC_URL }, SIMULATOR, 'https://simulator:4010')).not.toThrow();
    expect(() => check({ PUBLIC_URL, ALLOW_PRIVATE_PUBLIC_URL: 'true' }, SPACE)).not.toThrow();
  });
});

describe('a space', () => {
  it('is refused if its host is public and it is reached by plain http', () => {
    expect(() => check({ ALLOW_PRIVATE_PUBLIC_URL: 'true' }, CLEAR_SPACE)).toThrow(
      'the space example.signalwire.com must be reached by https',
    );
  });
});

describe('the key that everybody knows', () => {
  const API_KEYS = 'demo:demo-key';

  it.each([[SPACE], [CLEAR_SPACE], [SIMULATOR, SPACE]])('is refused beside %s %s', (...spaceUrls) => {
    expect(() => check({ API_KEYS }, ...spaceUrls)).toThrow('API_KEYS must not contain demo-key');
  });

  it('is taken where every space is private', () => {
    expect(() => check({ API_KEYS }, SIMULATOR, 'HTTP://127.0.0.1:7410', 'http://simulator')).not.toThrow();
  });
});
