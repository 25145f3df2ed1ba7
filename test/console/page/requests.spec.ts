import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const load = async <T>(module: string): Promise<T> =>
  (await import(new URL(`../../../src/console/page/${module}`, import.meta.url).href)) as T;

const { logOut, request } = await load<{
  logOut: () => Promise<void>;
  request: (path: string) => Promise<object>;
}>('api.js');
const { addressOf } = await load<{ addressOf: (wanted: string) => Promise<string | null> }>('search.js');
const { repeat, resultText } = await load<{
  repeat: (action: string, meant: object) => Promise<object>;
  resultText: (result: object, past: string) => string;
}>('list/bulk.js');

const NOTHING = { items: [], nextCursor: null };
const NOT_FOUND = [404, { code: 'cancellation_not_found', detail: 'no such cancellation' }] as const;
const AWAY = [503, { code: 'queue_unavailable', detail: 'Redis is out of reach' }] as const;

type Answer = readonly [status: number, body: object];

/** Answers each request by its path and query. */
function answerWith(answer: (address: string) => Answer): void {
  vi.stubGlobal('fetch', async ({ pathname, search }: URL) => {
    const [status, body] = answer(`${pathname.slice(1)}${search}`);
    return Response.json(body, { status });
  });
}

beforeEach(() => void vi.stubGlobal('document', { baseURI: 'http://page.test/' }));
afterEach(() => void vi.unstubAllGlobals());

describe('the search', () => {
  const withStreams = (page: object) => (address: string) =>
    address.includes('streamName')
      ? ([200, page] as const)
      : address.includes('?')
        ? ([200, NOTHING] as const)
        : NOT_FOUND;

  it.each([
    [NOTHING, null],
    [{ items: [{ id: 'one' }], nextCursor: null }, '#/cancellations/one'],
    [{ items: [{ id: 'one' }, { id: 'two' }], nextCursor: null }, '#/cancellations?streamName=agent'],
    [{ items: [{ id: 'one' }], nextCursor: 'p1' }, '#/cancellations?streamName=agent'],
    [{ items: [], nextCursor: 'p1' }, '#/cancellations?streamName=agent'],
  ])(
    'shows the only one, or all, and says that nothing is known only if that is known: %j',
    async (page, address) => {
      answerWith(withStreams(page));
      expect(await addressOf('agent')).toBe(address);
    },
  );

  it('takes what cannot be a SID for something that nothing is known of', async () => {
    answerWith((address) =>
      address.includes('callSid') ? [400, { code: 'invalid_query' }] : withStreams(NOTHING)(address),
    );
    expect(await addressOf('agent')).toBeNull();
  });

  it('does not take an outage for an answer', async () => {
    answerWith(() => AWAY);
    await expect(addressOf('agent')).rejects.toMatchObject({ code: 'queue_unavailable' });
  });
});

describe('an answer', () => {
  it('that breaks off is none', async () => {
    vi.stubGlobal('fetch', async () => new Response('{"counts": {', { status: 200 }));
    await expect(request('queue')).rejects.toMatchObject({ code: 'unexpected' });
  });
});

describe('an action on all that match', () => {
  it('goes on while it gets further, and says what it could not do and what is left', async () => {
    const rounds = [
      { done: 998, skipped: 2, remaining: 502 },
      { done: 499, skipped: 3, remaining: 2 },
      { done: 0, skipped: 3, remaining: 1 },
    ];
    answerWith(() => [200, rounds.shift() ?? {}]);
    const result = await repeat('withdraw', {});
    expect(result).toEqual({ done: 1497, skipped: 3, remaining: 1 });
    expect(resultText(result, 'withdrawn')).toBe('1497 withdrawn. 3 could not be. 1 left.');
    expect(resultText({ done: 2, skipped: 0, remaining: 0 }, 'retried')).toBe('2 retried.');
  });
});

describe('logging out', () => {
  it('is not done while the service does not answer', async () => {
    answerWith(() => AWAY);
    await expect(logOut()).rejects.toMatchObject({ code: 'queue_unavailable' });
  });
});
