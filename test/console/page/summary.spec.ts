import { describe, expect, it } from 'vitest';
import { after, failed, ONE, START, UNSENT } from '../fixtures/one.js';

const { isDoubtful, meaningOf, summaryOf } = (await import(
  new URL('../../../src/console/page/one/summary.js', import.meta.url).href
)) as {
  isDoubtful: (cancellation: object) => boolean;
  meaningOf: (cancellation: object) => string | undefined;
  summaryOf: (cancellation: object, now?: number) => string;
};

const { Pill } = (await import(new URL('../../../src/console/page/parts.js', import.meta.url).href)) as {
  Pill: (properties: object) => { props: { class: string } };
};

/** The deadline, in the time zone of whoever looks. */
const UNTIL = new Date(ONE.deadline).toLocaleString('sv-SE');

const UNKNOWN = [{ code: 'stream_unknown' }];

describe('the sentence about a cancellation', () => {
  it.each([
    [{}, 'SignalWire fetched the stop document 1200 ms after the request.'],
    [{ evidence: 'call_ended' }, 'The call is over, so nothing is left to stop.'],
    [
      { evidence: 'stream_stopped', streamStoppedAt: after(2000) },
      'The stream stopped 2000 ms after the request, as SignalWire reported.',
    ],
    [
      { evidence: 'accepted', saidStoppedAt: after(30) },
      'SignalWire said that the stream has stopped, 30 ms after the request.',
    ],
    [failed('rejected', 'Url is not valid'), 'SignalWire refused it: Url is not valid.'],
    [
      { warnings: UNKNOWN },
      'SignalWire fetched the stop document 1200 ms after the request, but no stream of the call is known by this name.',
    ],
    [
      { ...failed('timeout', 'No answer within 5 s'), status: 'expired' },
      'No proof of a stop before the deadline: SignalWire did not answer in time: No answer within 5 s.',
    ],
    [
      { status: 'expired', attempts: [], failure: UNSENT },
      'Never sent before the deadline: no worker sent it.',
    ],
    [
      { status: 'withdrawn', evidence: 'none', attempts: [] },
      'Withdrawn before it was sent. Nothing shows that the stream stopped.',
    ],
    [
      { status: 'withdrawn', evidence: 'none' },
      'Withdrawn after 2 attempts. Nothing shows that the stream stopped.',
    ],
    [
      { status: 'withdrawn', evidence: 'accepted', attempts: ONE.attempts.slice(1) },
      'Withdrawn after 1 attempt. SignalWire accepted the request.',
    ],
    [
      { status: 'withdrawn' },
      'Withdrawn after 2 attempts. SignalWire fetched the stop document 1200 ms after the request.',
    ],
    [
      { status: 'queued', attempts: [] },
      `Waiting until ${UNTIL} at most, for a worker or another stop of its call.`,
    ],
    [
      { status: 'queued', attempts: [], waitingFor: 'paused' },
      `Waiting until ${UNTIL} at most; as last seen, sending is paused.`,
    ],
    [
      { status: 'retrying', attempts: ONE.attempts.slice(0, 1), waitingFor: 'unavailable' },
      `Attempt 1: SignalWire had an error. It is tried again, until ${UNTIL} at most; as last seen, SignalWire fails or does not answer.`,
    ],
    [
      { status: 'retrying', attempts: ONE.attempts.slice(0, 1), waitingFor: 'backoff' },
      `Attempt 1: SignalWire had an error. It is tried again, until ${UNTIL} at most.`,
    ],
    [{ status: 'running', attempts: ONE.attempts.slice(0, 1) }, 'Being sent.'],
    [{ status: 'running' }, 'Sent; waiting for SignalWire to fetch the stop document.'],
    [{ status: 'retrying' }, 'Sent; waiting for SignalWire to fetch the stop document.'],
  ])('claims no more than is known: %j', (fields, sentence) => {
    expect(summaryOf({ ...ONE, ...fields }, Date.parse(START))).toBe(sentence);
  });

  it.each([
    [61_000, [], `Waiting until ${UNTIL} at most, for a worker or another stop of its call.`],
    [
      63_000,
      [],
      'The deadline has passed, and nothing was sent. It ends as expired as soon as a worker gets to it.',
    ],
    [63_000, ONE.attempts, 'The deadline has passed. It ends as soon as a worker gets to it.'],
  ])('says that no worker has ended it %i ms after the request: %#', (ms, attempts, sentence) => {
    const status = attempts.length === 0 ? 'queued' : 'retrying';
    expect(summaryOf({ ...ONE, status, attempts }, Date.parse(after(ms)))).toBe(sentence);
  });

  it.each([
    [{ warnings: UNKNOWN }, true],
    [{ warnings: [] }, false],
    [{ warnings: UNKNOWN, evidence: 'call_ended' }, false],
    [{ warnings: UNKNOWN, status: 'failed' }, false],
  ])('is marked where the name of the stream was probably wrong: %j', (fields, isMarked) => {
    expect(isDoubtful({ ...ONE, ...fields })).toBe(isMarked);
  });

  it.each([
    ['succeeded', undefined, 'pill good'],
    ['succeeded', false, 'pill good'],
    ['succeeded', 'warn', 'pill warn'],
    ['unheard of', undefined, 'pill bad'],
  ])('stands beside its status, %s, in the tone %s, or in that of the status', (of, tone, shown) => {
    expect(Pill({ of, tone }).props.class).toBe(shown);
  });

  it.each([
    [{}, /^Known: SignalWire has fetched the instruction.*Not known: whether the stream has stopped/],
    [{ evidence: 'accepted' }, /^Known: SignalWire has accepted.*Not known: whether the stream has stopped/],
    [{ evidence: 'stream_stopped' }, /^undefined$/],
    [{ evidence: 'accepted', saidStoppedAt: after(30) }, /^undefined$/],
    [{ evidence: 'call_ended' }, /^undefined$/],
  ])('is followed by what the evidence shows and what it does not: %j', (fields, meaning) => {
    expect(String(meaningOf({ ...ONE, ...fields }))).toMatch(meaning);
  });
});
