import { describe, expect, it } from 'vitest';
import { worstOf } from '../../src/setup/check.js';
import type { CheckStatus } from '../../src/setup/check.js';
import { isPrivate } from '../../src/setup/public-url.js';
import { checkSigningKeys } from '../../src/setup/signalwire.js';

describe('the status of a report', () => {
  it.each<[CheckStatus, CheckStatus[]]>([
    ['ok', []],
    ['ok', ['ok', 'ok']],
    ['warning', ['ok', 'warning']],
    ['failed', ['failed', 'warning', 'ok']],
  ])('is %s for %j', (worst, statuses) => {
    expect(worstOf(statuses.map((status) => ({ status })))).toBe(worst);
  });
});

describe('an address', () => {
  it.each([
    '10.0.0.1',
    '127.0.0.1',
    '169.254.1.1',
    '192.168.1.1',
    '::1',
    'fd00::1',
    'fe80::1',
    '::ffff:10.0.0.1',
  ])('of a private network is private: %s', (address) => expect(isPrivate(address)).toBe(true));
  it.each(['8.8.8.8', '2606:4700::1111'])('of the internet is not: %s', (address) =>
    expect(isPrivate(address)).toBe(false),
  );
});

describe('the signing keys of a project', () => {
  it.each<[string, CheckStatus, string[]]>([
    ['none', 'warning', []],
    ['one', 'ok', ['PSKtest1234567890abcdef']],
    ['two in a rotation', 'ok', ['PSKtest1234567890abcdef', 'PSKother1234567890abcdef']],
    ['an API token in place of one', 'warning', ['PTtest1234567890abcdef']],
    ['one with quotes', 'warning', ['"PSKtest1234567890abcdef"']],
  ])('%s: %s', (_, status, signingKeys) => {
    expect(checkSigningKeys({ signingKeys }).status).toBe(status);
  });
});
