import { expect, describe, it } from 'vitest';
import { EMPTY_RECORD } from '../../src/cancellation/record.js';
import { storedCancellation } from '../../src/queue/job-record.js';
import type { CancellationJob } from '../../src/queue/cancellations.queue.js';
import { warningsOf } from '../../src/cancellation/warnings.js';
import type { Verb } from '../../src/cxml/verbs.js';

const OURS = { documentUrl: null };
const FOREIGN = { documentUrl: 'https://example.com/stop?name={streamName}' };

const SAY: readonly Verb[] = [{ say: 'Stopping stream' }];
const REDIRECT: readonly Verb[] = [{ redirect: 'https://app.example.com/flow' }];

const asked = { then: SAY, template: null, documentUrl: null };

const templates = { templateEndsCall: (name: string) => name === 'ending' };

const jobWith = (data: object, progress: object | 0 = 0) =>
  ({ data: { ...asked, ...data }, progress }) as unknown as CancellationJob;

const codesOf = (job: CancellationJob, project: Parameters<typeof warningsOf>[1]) =>
  warningsOf(storedCancellation(job, 'waiting'), project, templates).map(({ code }) => code);

const codes = (data: object, project: Parameters<typeof warningsOf>[1], progress: object | 0 = 0) =>
  codesOf(jobWith(data, progress), project);

const BY_SID = { mayUseStreamResource: true, streamSid: 'sid', streamName: null };
const NAMED = { ...BY_SID, streamName: 'stream' };

describe('a cancellation is warned of the end of its call', () => {
  it.each([
    ['verbs that run out', {}, OURS, ['call_ends']],
    ['verbs that run out, of a project that is no longer configured', {}, undefined, ['call_ends']],
    ['verbs that say what becomes of the call', { then: REDIRECT }, OURS, []],
    ["the project's foreign document", {}, FOREIGN, ['fallback_ends_call']],
    ["the request's foreign document", FOREIGN, OURS, ['fallback_ends_call']],
    ['a foreign document whose fallback keeps the call', { ...FOREIGN, then: REDIRECT }, OURS, []],
    ['a foreign document for a stream that is stopped by its SID', { ...FOREIGN, ...BY_SID }, OURS, []],
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
    [
      'a stream whose SID may yet be told',
      { mayUseStreamResource: true, streamSid: null },
      OURS,
      ['call_ends'],
    ],
  ])('%s', (_, data, project, expected) => {
    expect(codes(data, project)).toEqual(expected);
  });

  it('once SignalWire does not know its SID, so that it goes by a document', () => {
    expect(codes(NAMED, OURS, { ...EMPTY_RECORD, sidNotFound: true })).toEqual(['call_ends']);
  });

  it('no more once the stream has been stopped by its SID, or may have been', () => {
    const record = { ...EMPTY_RECORD, streamSid: 'sid' };
    const done = Object.assign(jobWith(NAMED, record), { returnvalue: record });
    expect(codesOf(done, OURS)).toEqual([]);
    const accepted = { strategy: 'stream_resource', outcome: 'accepted' };
    expect(codes(NAMED, OURS, { ...record, attempts: [accepted] })).toEqual([]);
  });

  it('with what to change', () => {
    const [ofVerbs] = warningsOf(storedCancellation(jobWith({}), 'waiting'), OURS, templates);
    const [ofTemplate] = warningsOf(
      storedCancellation(jobWith({ template: 'ending' }), 'waiting'),
      OURS,
      templates,
    );
    expect(ofVerbs?.message).toContain('End `then` with a redirect');
    expect(ofTemplate?.message).toContain('End the template with a redirect');
  });
});
