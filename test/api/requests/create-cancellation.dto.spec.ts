import { Body, Controller, Post } from '@nestjs/common';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CreateCancellationDto } from '../../../src/api/requests/create-cancellation.dto.js';
import { echoApi } from '../../support/echo-api.js';

/** Answers with what came out of validation. */
@Controller()
class EchoController {
  @Post()
  echo(@Body() body: CreateCancellationDto): CreateCancellationDto {
    return body;
  }
}

const post = echoApi(EchoController);

async function faultsOf(body: unknown) {
  const answer = await post(body);
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_body' } });
  return answer.body.errors as { field: string; message: string }[];
}

const MINIMAL = { callSid: '2b5c9f5e-8f0c-4b47-9a52-6f6f1c2f8d11', streamName: 'stream' };

const CALL_SID_RULE =
  'callSid must be the SID of the call that started the stream: 1 to 64 letters, digits, - or _';
const NAME_RULE = 'streamName must be a string of 1 to 256 characters';
const SID_RULE = 'streamSid must be the SID of a stream: 1 to 64 letters, digits, - or _';
const STRATEGY_RULE = 'strategy must be one of auto, update_call, stream_resource';
const NAMES_RULE = 'streamNames must be "all" or a list of 1 to 20 different names';
const DEADLINE_RULE = 'deadlineMs must be a whole number of milliseconds from 1000 to 86400000 (one day)';
const PROJECT_RULE =
  'project must be the name of a configured project: 1 to 64 letters, digits or any of _ . -';

const TEMPLATE_RULE = 'template must be the name of a template: 1 to 64 letters, digits, _ or -';

/** What validation leaves of an accepted body. */
const withoutNulls = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body, (_, value: unknown) => value ?? undefined));

/** Names that mean something in JavaScript, and nothing in a body. */
const OF_EVERY_OBJECT = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype']);

describe('the body of POST /cancellations', () => {
  it.each([
    ['what is required', MINIMAL],
    [
      'all there is',
      {
        ...MINIMAL,
        project: 'default',
        then: [{ say: 'Stopping stream' }, { redirect: 'https://app.example.com/flow' }],
        deadlineMs: 30_000,
      },
    ],
    ['a SID as the examples of SDKs show it', { ...MINIMAL, callSid: 'CA_0123456789abcdef' }],
    ['the longest SID', { ...MINIMAL, callSid: 'x'.repeat(64) }],
    ['the longest name', { ...MINIMAL, streamName: 'x'.repeat(256) }],
    ['the longest name of emoji', { ...MINIMAL, streamName: '\u{1F422}'.repeat(256) }],
    ['several of them', { callSid: 'a', streamNames: ['\u{1F422}'.repeat(256)] }],
    ['a name of any characters', { ...MINIMAL, streamName: ' "a" <b> & \'c\'\t\r\n/?#%{{d}} \u{1F422} é' }],
    ['the longest project', { ...MINIMAL, project: 'A-z_0.'.padEnd(64, 'x') }],
    ['the shortest deadline', { ...MINIMAL, deadlineMs: 1000 }],
    ['the longest deadline', { ...MINIMAL, deadlineMs: 86_400_000 }],
    ['no verbs', { ...MINIMAL, then: [] }],
    ['a template', { ...MINIMAL, template: 'Resume-ivr_2' }],
    [
      "a document's address",
      { ...MINIMAL, documentUrl: 'https://e.com/laml?STREAMNAME={streamName}&c={callSid}' },
    ],
    [
      'what the fallback of that document does',
      { ...MINIMAL, documentUrl: 'https://e.com/', then: [{ hangup: true }] },
    ],
    ['a SID in the place of a name', { callSid: 'a', streamSid: 'ST_0f7c-' }],
    ['all streams', { callSid: 'a', streamNames: 'all' }],
    ['several streams', { callSid: 'a', streamNames: ['a', 'A', ' '] }],
    ['a strategy', { ...MINIMAL, strategy: 'stream_resource', streamSid: 'x'.repeat(64) }],
  ])('may have %s', async (_, body) => {
    expect(await post(body)).toEqual({ status: 201, body });
  });

  it.each([
    ['no callSid', { streamName: 's' }, 'callSid', CALL_SID_RULE],
    ['an empty callSid', { ...MINIMAL, callSid: '' }, 'callSid', CALL_SID_RULE],
    ['a callSid that is null', { ...MINIMAL, callSid: null }, 'callSid', CALL_SID_RULE],
    ['a callSid that is a number', { ...MINIMAL, callSid: 1 }, 'callSid', CALL_SID_RULE],
    ['a callSid that is a list', { ...MINIMAL, callSid: ['a'] }, 'callSid', CALL_SID_RULE],
    ['a callSid that is too long', { ...MINIMAL, callSid: 'x'.repeat(65) }, 'callSid', CALL_SID_RULE],
    ['a callSid that leads elsewhere', { ...MINIMAL, callSid: '../Calls' }, 'callSid', CALL_SID_RULE],
    ['a callSid with a new line', { ...MINIMAL, callSid: 'a\n' }, 'callSid', CALL_SID_RULE],
    [
      'no stream',
      { callSid: 'a' },
      'streamName',
      'streamName is required, or streamSid or streamNames instead',
    ],
    ['an empty streamName', { ...MINIMAL, streamName: '' }, 'streamName', NAME_RULE],
    [
      'a streamName that is null, which means absent',
      { ...MINIMAL, streamName: null },
      'streamName',
      'streamName is required, or streamSid or streamNames instead',
    ],
    ['a streamName that is an object', { ...MINIMAL, streamName: { a: 1 } }, 'streamName', NAME_RULE],
    ['a streamName that is too long', { ...MINIMAL, streamName: 'x'.repeat(257) }, 'streamName', NAME_RULE],
    ['257 emoji', { ...MINIMAL, streamName: '\u{1F422}'.repeat(257) }, 'streamName', NAME_RULE],
    [
      'U+0000 in the streamName',
      { ...MINIMAL, streamName: 'ab\0' },
      'streamName',
      'streamName has the character U+0000 at position 2, which XML 1.0 cannot carry; remove it',
    ],
    [
      'half a surrogate pair in the streamName',
      { ...MINIMAL, streamName: '\u{DC22}' },
      'streamName',
      'streamName has the character U+DC22 at position 0, which XML 1.0 cannot carry; remove it',
    ],
    [
      'U+FFFE in the streamName',
      { ...MINIMAL, streamName: '\u{1F422}\u{FFFE}' },
      'streamName',
      'streamName has the character U+FFFE at position 2, which XML 1.0 cannot carry; remove it',
    ],
    ['a streamSid that is too long', { callSid: 'a', streamSid: 'x'.repeat(65) }, 'streamSid', SID_RULE],
    ['a streamSid that leads elsewhere', { ...MINIMAL, streamSid: '../x' }, 'streamSid', SID_RULE],
    ['a strategy that is none', { ...MINIMAL, strategy: 'rest' }, 'strategy', STRATEGY_RULE],
    ['no name of several', { callSid: 'a', streamNames: [] }, 'streamNames', NAMES_RULE],
    ['a word for several names', { callSid: 'a', streamNames: 'ALL' }, 'streamNames', NAMES_RULE],
    [
      'too many names',
      { callSid: 'a', streamNames: Array.from({ length: 21 }, (_, index) => `${index}`) },
      'streamNames',
      NAMES_RULE,
    ],
    [
      'a name twice',
      { callSid: 'a', streamNames: ['a', 'b', 'a'] },
      'streamNames',
      `${NAMES_RULE}; number 3 is a repetition`,
    ],
    [
      'a wrong name among several',
      { callSid: 'a', streamNames: ['a', ''] },
      'streamNames',
      `${NAMES_RULE}; number 2 is not a string of 1 to 256 characters`,
    ],
    [
      'U+0001 in a name among several',
      { callSid: 'a', streamNames: ['a\u{1}'] },
      'streamNames',
      `${NAMES_RULE}; number 1 has the character U+0001 at position 1, which XML 1.0 cannot carry`,
    ],
    ['an empty project', { ...MINIMAL, project: '' }, 'project', PROJECT_RULE],
    ['a project with a space', { ...MINIMAL, project: 'my project' }, 'project', PROJECT_RULE],
    ['a project with a new line', { ...MINIMAL, project: 'default\n' }, 'project', PROJECT_RULE],
    ['a project that is too long', { ...MINIMAL, project: 'x'.repeat(65) }, 'project', PROJECT_RULE],
    ['a deadline that is too near', { ...MINIMAL, deadlineMs: 999 }, 'deadlineMs', DEADLINE_RULE],
    ['a deadline that is too far', { ...MINIMAL, deadlineMs: 86_400_001 }, 'deadlineMs', DEADLINE_RULE],
    ['a deadline of half milliseconds', { ...MINIMAL, deadlineMs: 1000.5 }, 'deadlineMs', DEADLINE_RULE],
    ['a deadline in words', { ...MINIMAL, deadlineMs: '5000' }, 'deadlineMs', DEADLINE_RULE],
    [
      'a deadline beyond all numbers',
      JSON.stringify({ ...MINIMAL, deadlineMs: 0 }).replace(':0}', ':1e999}'),
      'deadlineMs',
      DEADLINE_RULE,
    ],
    ['a template with its extension', { ...MINIMAL, template: 'resume.xml' }, 'template', TEMPLATE_RULE],
    ['a template in another folder', { ...MINIMAL, template: '../x' }, 'template', TEMPLATE_RULE],
    ['a template that is too long', { ...MINIMAL, template: 'x'.repeat(65) }, 'template', TEMPLATE_RULE],
    [
      'a template beside then',
      { ...MINIMAL, template: 'x', then: [] },
      'template',
      'template takes the place of then; give one alone',
    ],
    [
      'a template beside several names',
      { callSid: 'a', streamNames: ['a'], template: 'x' },
      'template',
      'template names the document of one stream: use streamName beside it, in a request for each stream',
    ],
    [
      'a documentUrl beside all streams',
      { callSid: 'a', streamNames: 'all', documentUrl: 'https://e.com' },
      'documentUrl',
      'documentUrl names the document of one stream: use streamName beside it, in a request for each stream',
    ],
    [
      'a wrong verb',
      { ...MINIMAL, then: [{ say: 'a' }, { redirect: 'flow' }] },
      'then[1].redirect',
      'redirect must be an absolute http or https URL, such as https://example.com/flow',
    ],
    [
      'an unknown field',
      { ...MINIMAL, streamname: 's' },
      'streamname',
      'streamname is not a known field; remove it',
    ],
  ])('may not have %s', async (_, body, field, message) => {
    expect(await faultsOf(body)).toEqual([{ field, message }]);
  });

  it('has all of its faults told at once', async () => {
    const faults = await faultsOf({
      callSid: '',
      deadlineMs: 1,
      project: '/',
      then: [{ pause: 0 }],
      more: 1,
    });
    expect(faults.map(({ field }) => field).toSorted()).toEqual([
      'callSid',
      'deadlineMs',
      'more',
      'project',
      'streamName',
      'then[0].pause',
    ]);
  });

  it('takes null for each optional field as absent', async () => {
    const nulls = {
      streamSid: null,
      streamNames: null,
      strategy: null,
      project: null,
      then: null,
      template: null,
      documentUrl: null,
      deadlineMs: null,
    };
    expect(await post({ ...MINIMAL, ...nulls })).toEqual({ status: 201, body: MINIMAL });
    expect(await post({ callSid: 'a', streamSid: 'b', streamName: null })).toEqual({
      status: 201,
      body: { callSid: 'a', streamSid: 'b' },
    });
  });

  it('has no field that is not known, whatever its name', async () => {
    const known = new Set([
      'callSid',
      'streamName',
      'streamSid',
      'streamNames',
      'strategy',
      'project',
      'then',
      'deadlineMs',
      'template',
      'documentUrl',
    ]);
    const value = fc.constantFrom(null, true, 0, '', [], {});
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), value, async (name, value) => {
        fc.pre(!known.has(name) && !OF_EVERY_OBJECT.has(name));
        expect(await faultsOf({ ...MINIMAL, [name]: value })).toEqual([
          { field: name, message: `${name} is not a known field; remove it` },
        ]);
      }),
    );
  });

  it.each([...OF_EVERY_OBJECT])('has no field %s either', async (name) => {
    expect(await post({ ...MINIMAL, [name]: 1 })).toMatchObject({ status: 400 });
  });

  it('nested without end is refused as any other wrong body', async () => {
    const depth = 10_000;
    const { status } = await post(
      `{"callSid":"a","streamName":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`,
    );
    expect(status).toBe(400);
  });

  it('is accepted or refused, whatever it is, and nothing else', async () => {
    const known = fc.record(
      {
        callSid: fc.oneof(fc.constant('a'), fc.jsonValue()),
        streamName: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
        project: fc.oneof(fc.constant('default'), fc.jsonValue()),
        then: fc.oneof(fc.constant([{ hangup: true }]), fc.jsonValue(), fc.array(fc.jsonValue())),
        deadlineMs: fc.oneof(fc.integer(), fc.double(), fc.jsonValue()),
        template: fc.oneof(fc.constant('a'), fc.jsonValue()),
        documentUrl: fc.oneof(fc.constant('https://e.com/'), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(known, fc.jsonValue()), async (body) => {
        const answer = await post(JSON.stringify(body));
        const refused = expect.objectContaining({ status: 400 }) as unknown;
        expect(answer.body).toEqual(answer.status === 201 ? withoutNulls(body) : refused);
      }),
      { numRuns: 150 },
    );
  });
});
