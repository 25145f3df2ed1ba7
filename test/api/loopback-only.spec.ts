import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../src/api/loopback-only.hook.js';

describe('the API without keys', () => {
  it.each(['localhost', 'LOCALHOST:3000', '127.0.0.1', '127.0.0.1:3000', '[::1]', '[::1]:3000'])(
    'is there for the host %s',
    (host) => {
      expect(refusalOf({ host })).toBeNull();
      expect(refusalOf({ host, origin: `http://${host}` })).toBeNull();
    },
  );

  it.each([
    '',
    'rebound.example.com',
    'rebound.example.com:3000',
    'localhost.example.com',
    'localhost.',
    'example.com@localhost',
    'localhost:3000:3000',
    'localhost, localhost',
    '127.0.0.2',
    '127.1',
    '0.0.0.0',
    '::1',
    '[::1',
  ])('is not there for the host %j', (host) => {
    expect(refusalOf({ host })?.reason).toBe('host');
  });

  it('is not there without a host', () => {
    expect(refusalOf({})?.reason).toBe('host');
  });

  it.each([
    'https://example.com',
    'null',
    '',
    'http://localhost.example.com',
    'file://',
    'http://localhost/',
  ])('is not there for a page of %j', (origin) => {
    expect(refusalOf({ host: 'localhost:3000', origin })?.reason).toBe('origin');
  });
});
