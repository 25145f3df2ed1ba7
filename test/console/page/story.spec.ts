import { describe, expect, it } from 'vitest';
import { after, attempt, failed, ONE, START } from '../fixtures/one.js';

interface Step {
  readonly at: string | null;
  readonly title: string;
  readonly detail: string;
}

const { stepsOf } = (await import(
  new URL('../../../src/console/page/one/timeline.js', import.meta.url).href
)) as { stepsOf: (cancellation: object, now?: number) => Step[] };

describe('the timeline', () => {
  it('says who asked, what was answered and after which wait, what was fetched, and how it ended', () => {
    const steps = stepsOf({ ...ONE, requestedBy: 'billing', streamName: 'agent', callbacks: [] });
    expect(steps.map(({ title }) => title)).toEqual([
      'billing asked to stop stream "agent"',
      'Attempt 1 (Update a Call): SignalWire had an error',
      'Attempt 2 (Update a Call): accepted',
      'SignalWire accepted the request',
      'SignalWire fetched the stop document',
      'Succeeded',
    ]);
    expect(steps[1]?.detail).toBe('HTTP 503; code 20504; Unavailable; took 80 ms');
    expect(steps[2]?.detail).toBe('HTTP 200; took 80 ms; after a wait of 900 ms');
  });

  it('ends with what is still to come', () => {
    const unfinished = {
      ...ONE,
      status: 'retrying',
      finishedAt: null,
      nextAttemptAt: after(5000),
      callbacks: [],
    };
    expect(
      stepsOf(unfinished, Date.parse(START))
        .slice(-2)
        .map(({ at, title }) => [at, title]),
    ).toEqual([
      [after(5000), 'Next attempt'],
      [after(60_000), 'Deadline: no attempt starts after it'],
    ]);
  });

  it('does not tell of a deadline that has passed as something to come', () => {
    const overdue = { ...ONE, status: 'queued', finishedAt: null, attempts: [], callbacks: [] };
    const steps = stepsOf(overdue, Date.parse(after(63_000))).slice(-2);
    expect(steps.map(({ at, title }) => [at, title])).toEqual([
      [after(60_000), 'The deadline passed'],
      [null, 'It ends as soon as a worker gets to it'],
    ]);
  });

  it.each([
    [900, 1, 'HTTP 200; took 80 ms'],
    [33_000, 1, 'HTTP 200; took 80 ms; waited 33 s before the first attempt'],
    // Attempts before it are not kept.
    [33_000, 31, 'HTTP 200; took 80 ms'],
  ])('says that the first attempt had to wait for %i ms, if it is number %i', (ms, number, detail) => {
    const attempts = [attempt(number, ms, { outcome: 'accepted', httpStatus: 200 })];
    const steps = stepsOf({ ...ONE, attempts, callbacks: [] });
    expect(steps.find(({ title }) => title.startsWith('Attempt'))?.detail).toBe(detail);
  });

  it.each([
    [[], 'Withdrawn before it was sent', ''],
    [ONE.attempts.slice(0, 1), 'Withdrawn after 1 attempt', ''],
    [ONE.attempts, 'Withdrawn after 2 attempts', ''],
  ])('says of a withdrawn one whether anything was sent: %#', (attempts, title, detail) => {
    const withdrawn = { ...ONE, status: 'withdrawn', evidence: 'none', attempts, callbacks: [] };
    expect(stepsOf(withdrawn).at(-1)).toMatchObject({ title, detail });
  });

  it('says why an unknown call was looked for', () => {
    const unknown = { ...ONE, ...failed('call_not_found', 'No such call'), callbacks: [] };
    expect(stepsOf(unknown).at(-1)?.detail).toMatch(
      /^SignalWire knows no such call: No such call\. .*until 5 s after the request\.$/,
    );
  });

  it('shows how the end was reported', () => {
    const callback = {
      nextAttemptAt: after(9000),
      attempts: [
        { startedAt: after(2000), durationMs: 10, outcome: 'rejected', httpStatus: 500, message: null },
      ],
    };
    const titles = stepsOf({ ...ONE, callbacks: [callback] }).map(({ title }) => title);
    expect(titles.slice(-2)).toEqual(['Callback – rejected', 'Next attempt to deliver the callback']);
  });
});
