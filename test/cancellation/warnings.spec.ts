import { describe, expect, it } from 'vitest';
import type { CancellationData } from '../../src/cancellation/data.js';
import type { CancellationRecord } from '../../src/cancellation/record.js';
import type { StoredCancellation } from '../../src/cancellation/stored-cancellation.js';
import { warningsOf } from '../../src/cancellation/warnings.js';
import type { Verb } from '../../src/cxml/verbs.js';
import { T0, testAttempt, testRecord, testStored } from './fixtures/cancellation.js';

const OURS = { documentUrl: null };
const FOREIGN = { documentUrl: 'https://example.com/stop?name={streamName}' };

const SAY: readonly Verb[] = [{ say: 'Stopping stream' }];
const REDIRECT: readonly Verb[] = [{ redirect: 'https://app.example.com/flow' }];

const templates = { templateEndsCall: (name: string) => name === 'ending' };

type Project = Parameters<typeof warningsOf>[1];

const warnings = (
  data: Partial<CancellationData>,
  project: Project = OURS,
  record: Partial<CancellationRecord> = {},
  fields: Partial<StoredCancellation> = {},
) =>
  warningsOf(
    testStored('id', { then: SAY, ...data }, { record: testRecord(record), ...fields }),
    project,
    templates,
  );

const codes = (...given: Parameters<typeof warnings>) => warnings(...given).map(({ code }) => code);

const BY_SID = { streamSid: 'sid', streamName: null };
const NAMED = { ...BY_SID, streamName: 'stream' };

describe('a cancellation whose document lets the call end', () => {
  it.each<[string, Partial<CancellationData>, Project, readonly string[]]>([
    ['verbs that run out', {}, OURS, ['call_ends']],
    ['verbs that run out, of a project that is no longer configured', {}, undefined, ['call_ends']],
    ['verbs that say what becomes of the call', { then: REDIRECT }, OURS, []],
    ["the project's foreign document", {}, FOREIGN, ['fallback_ends_call']],
    ["the request's foreign document", FOREIGN, OURS, ['fallback_ends_call']],
    ['a foreign document whose fallback keeps the call', { ...FOREIGN, then: REDIRECT }, OURS, []],
    ["the project's foreign document, for a stream that is stopped by its SID", BY_SID, FOREIGN, []],
    ['a template that runs out of verbs', { then: REDIRECT, template: 'ending' }, OURS, ['call_ends']],
    ['a template before the foreign document of its project', { template: 'ending' }, FOREIGN, ['call_ends']],
    ['a template that keeps the call', { template: 'keeping' }, OURS, []],
    ['a stream without a name that is stopped by its SID', BY_SID, OURS, []],
    ['a stream with a name, which follows an unknown SID', NAMED, OURS, ['call_ends']],
    ['the same, but the document is to be left alone', { ...NAMED, strategy: 'stream_resource' }, OURS, []],
    ['the same, but the request did not name it', { ...NAMED, isOneOfAll: true }, OURS, []],
    [
      "the request's own verbs before the foreign document of its project",
      { isThenRequested: true },
      FOREIGN,
      ['call_ends'],
    ],
    ['a stream whose SID may yet be told', { streamSid: null }, OURS, ['call_ends']],
  ])('is warned as its source tells: %s', (_, data, project, expected) => {
    expect(codes(data, project)).toEqual(expected);
  });

  it('is warned once SignalWire does not know the SID, so that a document stops the stream', () => {
    expect(codes(NAMED, OURS, { sidNotFound: true })).toEqual(['call_ends']);
  });

  it('is no longer warned once the stream was stopped by its SID, or may have been', () => {
    expect(codes(NAMED, OURS, {}, { finishedAt: T0 })).toEqual([]);
    const attempts = [testAttempt({ strategy: 'stream_resource' })];
    expect(codes(NAMED, OURS, { attempts })).toEqual([]);
  });

  it('is warned once the call has ended after an update that nobody fetched', () => {
    const attempts = [testAttempt({ outcome: 'not_confirmed' })];
    expect(codes({ then: REDIRECT }, OURS, { attempts, callEnded: true })).toEqual([
      'call_ended_after_update',
    ]);
  });

  it('is warned that its call has other streams, until it turns out to have this one', () => {
    const data = { then: REDIRECT, otherStreams: { names: ['caller', 'ag"ent'], count: 12 } };
    expect(warnings(data)).toMatchObject([
      {
        code: 'stream_unknown',
        message: expect.stringContaining('name: "caller", "ag\\"ent" and 10 more.') as string,
      },
    ]);
    expect(codes(data, OURS, { streamSid: 'sid' })).toEqual([]);
    expect(codes(data, OURS, { streamStoppedAt: T0 })).toEqual([]);
  });

  it('is warned once its fallback has let the call end', () => {
    const stored = testStored('id', { then: REDIRECT });
    expect(warningsOf(stored, OURS, templates, true)).toMatchObject([{ code: 'fallback_ended_call' }]);
  });

  it('is told what to change', () => {
    expect(warnings({})[0]?.message).toContain('End `then` with a redirect');
    expect(warnings({ template: 'ending' })[0]?.message).toContain('End the template with a redirect');
  });
});
