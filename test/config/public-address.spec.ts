import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { isLocal, refuseLocalDocuments } from '../../src/config/public-address.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';

const SPACE = 'https://example.signalwire.com';
const SIMULATOR = 'http://127.0.0.1:4010';

function refuse(variables: Record<string, string>, ...spaceUrls: readonly string[]): void {
  const environment = readEnvironment(ServiceEnvironment, {
    REDIS_URL: 'redis://localhost:6379',
    LINK_SECRET: 'a secret of thirty-two bytes or more',
    PUBLIC_URL: 'https://stop.example.com',
    SIGNALWIRE_SPACE_URL: SPACE,
    SIGNALWIRE_PROJECT_ID: '8f0c4b47-9a52-4f6f-8c2f-8d112b5c9f5e',
    SIGNALWIRE_API_TOKEN: 'PT0123456789',
    ...variables,
  });
  refuseLocalDocuments(environment, spaceUrls);
}

describe('an address', () => {
  it.each([
    'http://stop.example.com',
    'https://localhost:3001',
    'https://stop.localhost',
    'https://streamstop',
    'https://stop.internal',
    'https://printer.local.',
    'https://127.0.0.1',
    'https://127.1',
    'https://2130706433',
    'https://10.1.2.3',
    'https://172.16.0.1',
    'https://192.168.1.1',
    'https://169.254.169.254',
    'https://100.64.0.1',
    'https://0.0.0.0',
    'https://[::1]',
    'https://[::ffff:10.0.0.1]',
    'https://[fe80::1]',
    'https://[fd00::1]',
  ])('%s cannot be reached by SignalWire', (url) => {
    expect(isLocal(url)).toBe(true);
  });

  it.each([
    'https://stop.example.com/base',
    'https://stop.example.com:8443',
    'https://8.8.8.8',
    'https://[2606:4700::1]',
    'https://local.example.com',
  ])('%s can', (url) => {
    expect(isLocal(url)).toBe(false);
  });
});

describe('local addresses of documents', () => {
  it.each(['PUBLIC_URL', 'FALLBACK_URL'])('are refused in %s', (name) => {
    expect(() => refuse({ [name]: 'http://localhost:3001' }, SPACE)).toThrow(
      `${name} must be a public https address`,
    );
  });

  it('are refused if one space of several is not local', () => {
    expect(() => refuse({ PUBLIC_URL: 'http://localhost:3001' }, SIMULATOR, SPACE)).toThrow('PUBLIC_URL');
  });

  it('are taken where every space is local, or the variable allows them', () => {
    const PUBLIC_URL = 'http://localhost:3001';
    expect(() => refuse({ PUBLIC_URL }, SIMULATOR, 'http://simulator:4010')).not.toThrow();
    expect(() => refuse({ PUBLIC_URL, ALLOW_PRIVATE_PUBLIC_URL: 'true' }, SPACE)).not.toThrow();
  });
});
