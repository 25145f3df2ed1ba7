import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Sessions } from '../../src/access/sessions.js';
import { apiKeysOf } from './fixtures/api-keys.js';

const KEY = { name: 'on-call', key: 'correct-horse-battery-staple' };
const OTHER_KEY = { name: 'billing', key: 'another-horse-battery-staple' };
const LINK_SECRET = 'a link secret for tests, of 32 bytes or more';

const sessionsOf = ({ keys = [KEY, OTHER_KEY], secret = LINK_SECRET, basePath = '' } = {}) =>
  new Sessions(apiKeysOf(...keys), { LINK_SECRET: secret, ...(basePath && { BASE_PATH: basePath }) });

/** What the browser sends back. */
const sentBack = (setCookie: string): string => setCookie.replace(/;.*/, '');

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('a session', () => {
  it('is known to every process with the same secret and keys', () => {
    const cookie = sentBack(sessionsOf().open(KEY.key, false));
    expect(sessionsOf().find(`theme=dark; ${cookie}; last=1`)).toEqual({
      caller: expect.objectContaining({ name: 'on-call' }) as object,
      csrfToken: sessionsOf().find(cookie)?.csrfToken,
    });
  });

  it.each([
    ['its key is removed', { keys: [OTHER_KEY] }],
    ['its key is replaced under the same name', { keys: [{ ...KEY, key: 'replaced-horse-battery-staple' }] }],
    ['the secret is changed', { secret: `${LINK_SECRET}!` }],
  ])('ends when %s', (_, later) => {
    expect(sessionsOf(later).find(sentBack(sessionsOf().open(KEY.key, false)))).toBeNull();
  });

  it('ends after 12 hours', () => {
    const cookie = sentBack(sessionsOf().open(KEY.key, false));
    vi.advanceTimersByTime(12 * 3_600_000 - 1);
    expect(sessionsOf().find(cookie)).not.toBeNull();
    vi.advanceTimersByTime(1);
    expect(sessionsOf().find(cookie)).toBeNull();
  });

  it('cannot be lengthened, moved to another key, or made up', () => {
    const cookie = sentBack(sessionsOf().open(KEY.key, false));
    const [digest = '', expiry = '', signature = ''] = cookie.replace(/^[^=]*=/, '').split('.');
    const other = sentBack(sessionsOf().open(OTHER_KEY.key, false));
    const [otherDigest = ''] = other.replace(/^[^=]*=/, '').split('.');
    for (const token of [
      `${digest}.${expiry}z.${signature}`,
      `${otherDigest}.${expiry}.${signature}`,
      `${digest}.${expiry}.`,
      `${digest}.${expiry}`,
      signature,
      '.',
      '',
    ])
      expect([token, sessionsOf().find(`streamstop_session=${token}`)]).toEqual([token, null]);
    expect(sessionsOf().find(undefined)).toBeNull();
  });

  it('has a CSRF token of its own', () => {
    const tokens = [KEY, OTHER_KEY].map(
      ({ key }) => sessionsOf().find(sentBack(sessionsOf().open(key, false)))?.csrfToken,
    );
    expect(new Set(tokens).size).toBe(2);
  });
});

const attributes = (cookie: string) => cookie.split('; ').slice(1);

describe('the cookie', () => {
  it('is hidden from scripts and other sites, and sent to the service alone', () => {
    const secure = ['Max-Age=43200', 'Path=/', 'HttpOnly', 'SameSite=Strict', 'Secure'];
    expect(attributes(sessionsOf().open(KEY.key, true))).toEqual(secure);
    expect(attributes(sessionsOf().open(KEY.key, false))).toEqual(secure.slice(0, -1));
    expect(attributes(sessionsOf({ basePath: '/tools/streamstop' }).open(KEY.key, true))).toContain(
      'Path=/tools/streamstop',
    );
  });
});
