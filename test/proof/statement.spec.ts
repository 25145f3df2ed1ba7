import { describe, expect, it } from 'vitest';
import type { CancellationData } from '../../src/cancellation/data.js';
import type { CancellationRecord } from '../../src/cancellation/record.js';
import type { StoredCancellation } from '../../src/cancellation/stored-cancellation.js';
import { viewOf } from '../../src/cancellation/view.js';
import type { Warning } from '../../src/cancellation/warnings.js';
import { statementOf } from '../../src/proof/statement.js';
import { T0, testAttempt, testRecord, testStored } from '../cancellation/fixtures/cancellation.js';

const at = (ms: number): string => new Date(T0 + ms).toISOString();

interface Story {
  readonly data?: Partial<CancellationData>;
  readonly record?: Partial<CancellationRecord>;
  readonly stored?: Partial<StoredCancellation>;
  readonly warnings?: readonly Warning[];
}

/** Ended after 90 ms, unless `stored` says otherwise. */
function stated({ data = {}, record = {}, stored = {}, warnings = [] }: Story = {}) {
  const cancellation = testStored('id', data, {
    record: testRecord(record),
    finishedAt: T0 + 90,
    ...stored,
  });
  return statementOf(cancellation, viewOf(cancellation, warnings), T0 + 1000);
}

const ACCEPTED = { attempts: [testAttempt()], acceptedAt: T0 + 40 };
const FETCHED = { ...ACCEPTED, documentFetchedAt: T0 + 80 };
const STOPPED = { ...FETCHED, streamStoppedAt: T0 + 85 };
const UNFINISHED = { finishedAt: null };
const warning = (code: Warning['code']): Warning => ({ code, message: `about ${code}` });
const FAILED = { finishedAt: T0 + 90, failedReason: 'failed: …' };

describe('the conclusion of a proof', () => {
  it.each<[story: string, Story, conclusion: string]>([
    [
      'the document was fetched',
      { record: FETCHED },
      `The document that tells SignalWire to stop the stream was fetched at ${at(80)}. That the stream stopped was not reported, and is not proven by this.`,
    ],
    [
      'the stream was reported to have stopped',
      { record: STOPPED },
      `SignalWire reported, in a signed callback, that the stream stopped at ${at(85)}.`,
    ],
    [
      'the request was accepted',
      { record: ACCEPTED },
      `SignalWire accepted the request at ${at(40)}, which means that it would carry it out. That it did, and that the stream stopped, is not proven by this.`,
    ],
    [
      'SignalWire said of the SID that it is stopped',
      { record: { ...ACCEPTED, saidStoppedAt: T0 + 40 } },
      `SignalWire answered at ${at(40)} that the stream is stopped, or does not exist any more. It did not report when it stopped.`,
    ],
    [
      'the call was over',
      { record: { ...ACCEPTED, callEnded: true } },
      'By the answers of SignalWire, the call was over, so that it had no stream left to stop.',
    ],
    [
      'nothing came of it',
      { record: { givenUp: 'deadline' }, stored: FAILED },
      'Nothing shows that the stream stopped.',
    ],
    [
      'the document was fetched, and the call had no stream with that name',
      { record: FETCHED, warnings: [warning('stream_unknown')] },
      `The document that tells SignalWire to stop the stream was fetched at ${at(80)}. That the stream stopped was not reported, and is not proven by this. Signed callbacks had reported the running streams of the call, and none of them had that name; a document with an unknown name stops nothing.`,
    ],
    [
      'it is unfinished',
      { stored: UNFINISHED },
      'Nothing shows that the stream stopped. The cancellation is not finished: it is queued, so more may follow.',
    ],
    [
      'it is unfinished, and was accepted',
      { record: ACCEPTED, stored: { ...UNFINISHED, isActive: true } },
      `SignalWire accepted the request at ${at(40)}, which means that it would carry it out. That it did, and that the stream stopped, is not proven by this. The cancellation is not finished: it is running, so more may follow.`,
    ],
  ])('%s', (_, story, conclusion) => {
    expect(stated(story).conclusion).toBe(conclusion);
  });

  it('comes with the warnings of the cancellation', () => {
    const warnings = [warning('fallback_ended_call'), warning('call_ended_after_update')];
    expect(stated({ record: FETCHED, warnings }).cancellation.warnings).toEqual(warnings);
  });

  it.each<[story: string, Story]>([
    ['the document was fetched', { record: FETCHED }],
    ['the request was accepted', { record: ACCEPTED }],
    ['the call was over', { record: { ...ACCEPTED, callEnded: true } }],
  ])('comes with the absence of a report: %s', (_, story) => {
    expect(stated(story).notKnown).toContainEqual(
      expect.stringMatching(/^Whether and when the stream stopped/),
    );
    expect(stated({ record: STOPPED }).notKnown).not.toContainEqual(
      expect.stringMatching(/^Whether and when the stream stopped/),
    );
  });
});

const answered = (attempt: Parameters<typeof testAttempt>[0]) =>
  stated({ record: { attempts: [testAttempt(attempt)] } }).facts.filter(({ what }) =>
    what.startsWith('attempt'),
  );

describe('the facts of a proof', () => {
  it('stand in the order of time, each with its source', () => {
    const { facts } = stated({ data: { requestedBy: 'billing', requestId: 'r1' }, record: STOPPED });
    expect(facts).toEqual([
      {
        what: 'requested',
        at: at(0),
        text: 'API key billing asked to stop the stream "stream" of the call call in the project default',
        source: 'the request to the API of streamstop, X-Request-Id r1',
      },
      {
        what: 'attempt_sent',
        at: at(0),
        text: 'Attempt 1 was sent to Update a Call, with the address of a document that stops the stream',
        source: 'streamstop',
      },
      {
        what: 'attempt_answered',
        at: at(40),
        text: 'SignalWire accepted attempt 1: HTTP 200',
        source: 'the answer of SignalWire, which streamstop received',
      },
      {
        what: 'document_fetched',
        at: at(80),
        text: 'A document that stops the stream was fetched for the first time',
        source: expect.stringContaining('the signed link') as string,
      },
      {
        what: 'stream_stopped',
        at: at(85),
        text: 'SignalWire reported that the stream stopped',
        source: expect.stringContaining('with a valid signature') as string,
      },
      {
        what: 'ended',
        at: at(90),
        text: 'The cancellation ended as succeeded, with the evidence stream_stopped',
        source: 'streamstop',
      },
    ]);
  });

  it.each<[attempt: Parameters<typeof testAttempt>[0], sent: RegExp, answer: string, source: RegExp]>([
    [
      { outcome: 'call_not_found', httpStatus: 404, providerCode: '20404', message: 'no such "call"' },
      /^Attempt 1 was sent to Update a Call/,
      String.raw`SignalWire did not accept attempt 1 (call_not_found): HTTP 404, code 20404, "no such \"call\""`,
      /^the answer of SignalWire/,
    ],
    [
      { outcome: 'not_confirmed', message: 'nothing came' },
      /^Attempt 1 was sent/,
      'SignalWire accepted attempt 1, and no evidence came in the time for which it was awaited: HTTP 200, "nothing came"',
      /^the answer of SignalWire/,
    ],
    [
      { outcome: 'timeout', httpStatus: null },
      /stops the stream$/,
      'No answer to attempt 1 is known (timeout)',
      /^streamstop$/,
    ],
    [
      { outcome: 'unreachable', httpStatus: null, mayHaveArrived: false, message: 'refused' },
      /no connection was made, so it did not arrive$/,
      'No answer to attempt 1 is known (unreachable): "refused"',
      /^streamstop$/,
    ],
    [
      { strategy: 'stream_resource' },
      /^Attempt 1 was sent to the Streams resource, to stop the stream by its SID$/,
      'SignalWire accepted attempt 1: HTTP 200',
      /^the answer of SignalWire/,
    ],
  ])('tell of an attempt what was answered: %j', (attempt, sent, answer, source) => {
    const [first, second] = answered(attempt);
    expect(first?.text).toMatch(sent);
    expect(second).toMatchObject({ text: answer, source: expect.stringMatching(source) as string });
  });

  it('have no time where none was recorded', () => {
    const { facts, notKnown } = stated({ record: { ...ACCEPTED, callEnded: true } });
    expect(facts.at(-1)).toMatchObject({ what: 'call_ended', at: null });
    expect(notKnown).toContainEqual(expect.stringMatching(/^When the call ended/));
  });

  it('tell of an attempt that is under way, and of one whose worker was lost', () => {
    const open = { startedAt: T0 + 5, strategy: 'update_call' } as const;
    const running = stated({ record: { open }, stored: { ...UNFINISHED, isActive: true } });
    expect(running.facts.at(-1)).toMatchObject({
      what: 'attempt_sent',
      at: at(5),
      text: expect.stringContaining('its answer is not known yet') as string,
    });
    const lost = stated({ record: { open }, stored: UNFINISHED });
    expect(lost.facts.at(-1)?.text).toContain('No answer to attempt 1 is known');
    expect(lost.notKnown).toContainEqual(expect.stringMatching(/^Whether SignalWire received/));
  });

  it('tell how it ended, and why', () => {
    const failed = stated({
      record: {
        attempts: [testAttempt({ outcome: 'provider_error', httpStatus: 503 })],
        givenUp: 'deadline',
      },
      stored: FAILED,
    });
    expect(failed.facts.at(-1)?.text).toBe(
      'The cancellation ended as expired, with the evidence none: provider_error, "provider_error"',
    );
    const withdrawn = stated({
      record: { givenUp: 'withdrawn', withdrawnAt: T0 + 7 },
      stored: { finishedAt: T0 + 90, failedReason: 'withdrawn' },
    });
    expect(withdrawn.facts.at(-1)).toMatchObject({ what: 'withdrawn', at: at(7) });
  });

  it('say what is not kept, or cannot be seen', () => {
    const many = stated({ record: { attempts: [testAttempt({ number: 51 }), testAttempt({ number: 52 })] } });
    expect(many.notKnown).toContain('The attempts 1 to 50: only the last 2 are kept');
    const elsewhere = stated({ record: { ...ACCEPTED, isDocumentElsewhere: true } });
    expect(elsewhere.notKnown).toContainEqual(expect.stringMatching(/^Whether the document was fetched/));
    const nameless = stated({ data: { streamName: null, streamSid: 'sid' } });
    expect(nameless.facts[0]?.text).toContain(
      'A request without an API key asked to stop the stream with the SID sid',
    );
  });
});
