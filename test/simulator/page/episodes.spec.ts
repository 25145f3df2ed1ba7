import { describe, expect, it } from 'vitest';

/** A module of the page, which has no types. */
const EPISODES = new URL('../../../src/simulator/page/episodes.js', import.meta.url).href;

const at = (ms: number): string => new Date(ms).toISOString();
const update = (ms: number) => ({ number: ms, at: at(ms), answeredAt: at(ms + 2), status: 200 });
const STOP = '<Response><Stop><Stream name="a"/></Stop></Response>';
const fetched = (ms: number, body = STOP) => ({
  number: ms,
  url: 'http://a/',
  startedAt: at(ms),
  durationMs: 4,
  error: null,
  body,
});
const post = (ms: number, tail = '') => ({ ...update(ms), path: `/Accounts/a/Calls/c/Streams${tail}` });
const stream = (stoppedAt: number | null) => ({ stoppedAt: stoppedAt === null ? null : at(stoppedAt) });

async function stopOf(call: object, index = 0): Promise<unknown> {
  const { stopOf } = (await import(EPISODES)) as { stopOf: (call: object, stream: object) => unknown };
  const full = { verbs: [], fetches: [], endedAt: null, ...call };
  return stopOf(full, (call as { streams: object[] }).streams[index] ?? {});
}

describe('the time that a stop takes', () => {
  it('starts with the first request that led to it', async () => {
    const call = { updates: [update(100), update(600)], fetches: [fetched(610)], streams: [stream(616)] };
    expect(await stopOf(call)).toEqual({
      ms: 516,
      requests: 2,
      parts: [
        { name: 'earlier attempts', ms: 500 },
        { name: 'request to fetch', ms: 10 },
        { name: 'fetch to stop', ms: 6 },
      ],
    });
  });

  it('starts over with the next request after a stop', async () => {
    const call = {
      updates: [update(100), update(9000)],
      fetches: [fetched(110), fetched(9010)],
      streams: [stream(115), stream(9015)],
    };
    expect(await stopOf(call, 0)).toMatchObject({ ms: 15, requests: 1 });
    expect(await stopOf(call, 1)).toMatchObject({ ms: 15, requests: 1 });
  });

  it.each(['', '.json'])('does not include the request that started the stream: /Streams%s', async (tail) => {
    const call = { streamPosts: [post(100, tail), post(60_000, '/s')], streams: [stream(60_003)] };
    expect(await stopOf(call)).toEqual({ ms: 3, requests: 1, parts: [{ name: 'request to stop', ms: 3 }] });
  });

  it('does not include updates whose documents stop nothing, or attempts before them', async () => {
    const call = {
      updates: [
        { ...update(100), status: 503 },
        update(200),
        { ...update(60_000), status: 503 },
        update(60_500),
      ],
      fetches: [fetched(210, '<Response><Say>Stop</Say></Response>'), fetched(60_510)],
      streams: [stream(60_515)],
    };
    expect(await stopOf(call)).toMatchObject({ ms: 515, requests: 2 });
  });

  it('includes an update without a document, and one whose document redirects to the stop', async () => {
    const call = {
      updates: [update(100), update(600)],
      fetches: [fetched(610, '<Response><Redirect>/b</Redirect></Response>'), fetched(614)],
      streams: [stream(620)],
    };
    expect(await stopOf(call)).toMatchObject({ ms: 520, requests: 2 });
  });

  it('is also known without a document', async () => {
    const call = { updates: [update(100)], streams: [stream(103)] };
    expect(await stopOf(call)).toEqual({ ms: 3, requests: 1, parts: [{ name: 'request to stop', ms: 3 }] });
  });

  it('is unknown while the stream runs, without a request, and if the call ended', async () => {
    expect(await stopOf({ updates: [update(100)], streams: [stream(null)] })).toBeNull();
    expect(await stopOf({ updates: [], streams: [stream(103)] })).toBeNull();
    expect(await stopOf({ updates: [update(100)], streams: [stream(900)], endedAt: at(900) })).toBeNull();
  });
});
