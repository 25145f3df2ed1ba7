import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentUrlFor } from '../../src/documents/document-url.js';
import { binTemplate, InvalidBinError } from '../../src/simulator/bins/bin-template.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { control, laml } from './support/send.js';

const CONTENTS = '<Response><Stop><Stream name="{{STREAMNAME}}"/></Stop><Dial>{{To}}</Dial></Response>';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ log: false });
});
afterAll(() => simulator.close());

/** The bin as the Compatibility API tells it. */
async function read(
  sid: string,
  {
    authorization,
    accountSid = simulator.projectId,
    suffix = '',
  }: Partial<Record<'authorization' | 'accountSid' | 'suffix', string>> = {},
) {
  const basic = Buffer.from(`${simulator.projectId}:${simulator.apiToken}`).toString('base64');
  const response = await fetch(
    `${simulator.url}/api/laml/2010-04-01/Accounts/${accountSid}/LamlBins/${sid}${suffix}`,
    { headers: { authorization: authorization ?? `Basic ${basic}` } },
  );
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const fillIn = (contents: string, params: Record<string, string>) => binTemplate(contents)(params);

describe('a variable of a bin', () => {
  it.each([
    ['a"/><Hangup/>&\'', 'a&quot;/&gt;&lt;Hangup/&gt;&amp;&#x27;'],
    ['$& $1 {{B}}', '$&amp; $1 {{B}}'],
  ])('is filled in with %j escaped', (value, escaped) => {
    expect(fillIn('<x y="{{ A }}">{{A}}</x>', { A: value, B: 'b' })).toBe(`<x y="${escaped}">${escaped}</x>`);
  });

  it('is filled in as it is where the bin switches escaping off', () => {
    expect(fillIn('<x>{{{A}}}</x>', { A: '<y/>' })).toBe('<x><y/></x>');
  });

  it.each(['{{B}}', '{{a}}', '{{constructor}}', '{{__proto__}}', '{{if}}', '{{helperMissing}}'])(
    'is empty where there is no such one: %s',
    (variable) => {
      expect(fillIn(`<x>${variable}</x>`, { A: 'x' })).toBe('<x></x>');
    },
  );
});

describe('a section of a bin', () => {
  const CONTENTS = '<x>{{#A}}<a>{{B}}</a>{{/A}}{{^A}}<none/>{{/A}}{{! nothing }}</x>';

  it.each([
    [{ A: '1', B: '2' }, '<x><a>2</a></x>'],
    [{ A: '', B: '2' }, '<x><none/></x>'],
    [{ B: '2' }, '<x><none/></x>'],
  ])('is there with %j as Mustache has it', (params, filled) => {
    expect(fillIn(CONTENTS, params as Record<string, string>)).toBe(filled);
  });
});

describe('contents that are no XML or no Mustache', () => {
  const BAD = [
    '',
    'text',
    '<Response>',
    '<R a=b/>',
    '<R>&</R>',
    '<R>{{#A}}</R>',
    '<R>{{A</R>',
    '<R>{{if a b}</R>',
  ];

  it.each(BAD)('make no bin: %j', async (contents) => {
    expect(() => simulator.createBin(contents)).toThrow(InvalidBinError);
    expect((await control(simulator, 'POST', '/bins', { contents })).status).toBe(400);
    expect(await create({ Name: 'x', Contents: contents })).toMatchObject({
      status: 422,
      body: { code: 20422 },
    });
  });
});

async function create(params: Record<string, string>, accountSid = simulator.projectId) {
  const basic = Buffer.from(`${simulator.projectId}:${simulator.apiToken}`).toString('base64');
  const response = await fetch(`${simulator.url}/api/laml/2010-04-01/Accounts/${accountSid}/LamlBins`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams(params),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('a bin', () => {
  it('is made and served, with the parameters of the request and its query', async () => {
    const { status, body } = await control(simulator, 'POST', '/bins', { contents: CONTENTS });
    const { sid, url } = body as { sid: string; url: string };
    expect([status, url]).toEqual([201, `${simulator.url}/laml-bins/${sid}`]);

    const get = await fetch(`${url}?STREAMNAME=a%2Bb%22&To=c`);
    expect(get.headers.get('content-type')).toBe('application/xml; charset=utf-8');
    const filled = '<Response><Stop><Stream name="a+b&quot;"/></Stop><Dial>c</Dial></Response>';
    expect(await get.text()).toBe(filled);
    const post = await fetch(`${url}?STREAMNAME=a%2Bb%22`, {
      method: 'POST',
      body: new URLSearchParams({ To: 'c' }),
    });
    expect([post.status, await post.text()]).toEqual([200, filled]);
  });

  it('is made by the Compatibility API, of an empty document unless told otherwise', async () => {
    const { status, body } = await create({ Name: 'stop', Contents: CONTENTS });
    expect([status, body]).toMatchObject([201, { name: 'stop', contents: CONTENTS, num_requests: 0 }]);
    expect(await (await fetch(`${String(body['request_url'])}?STREAMNAME=a&To=b`)).text()).toContain(
      'name="a"',
    );
    const empty = await create({ Name: 'empty' });
    expect(await (await fetch(String(empty.body['request_url']))).text()).toContain('<Response/>');
    expect((await create({ Contents: CONTENTS })).status).toBe(422);
    expect((await create({ Name: 'x' }, 'another')).status).toBe(404);
  });

  it.each([{}, { contents: 1 }, { contents: 'x', more: 1 }])('is not made of %j', async (input) => {
    expect((await control(simulator, 'POST', '/bins', input)).status).toBe(400);
  });

  it('is told of by the Compatibility API, with the number of its requests', async () => {
    const { sid, url } = simulator.createBin(CONTENTS);
    const before = await read(sid);
    expect(before).toMatchObject({
      status: 200,
      body: { sid, contents: CONTENTS, request_url: url, num_requests: 0, date_last_accessed: null },
    });
    await fetch(url);
    await fetch(url, { method: 'POST' });
    const { body } = await read(sid, { suffix: '.json' });
    expect(body).toMatchObject({
      num_requests: 2,
      name: expect.any(String) as string,
      date_last_accessed: expect.stringMatching(/^\w{3}, \d{2} \w{3} \d{4} /) as string,
    });
  });

  it('is told of to nobody else', async () => {
    const { sid } = simulator.createBin(CONTENTS);
    expect(await read(sid, { authorization: 'Basic eDp5' })).toMatchObject({
      status: 401,
      body: { code: 20003 },
    });
    expect(await read(sid, { accountSid: 'another' })).toMatchObject({ status: 404, body: { code: 20404 } });
    expect(await read('none')).toMatchObject({ status: 404, body: { code: 20404 } });
    expect((await fetch(`${simulator.url}/laml-bins/none`)).status).toBe(404);
  });

  it('is the document of a call that is updated with its URL', async () => {
    const { sid } = simulator.createCall({ streams: [{ name: 'a "b" +c' }, { name: 'other' }] });
    const { url } = simulator.createBin(CONTENTS);
    const Url = documentUrlFor(`${url}?STREAMNAME={streamName}`, { streamName: 'a "b" +c', callSid: sid });
    await laml(simulator, sid, { form: { Url } });
    const call = await simulator.until(sid, ({ verbs }) => verbs.length === 2);
    expect(call.streams.map(({ status }) => status)).toEqual(['stopped', 'in-progress']);
    expect(call.verbs[1]).toMatchObject({ name: 'Dial', text: call.to });
  });
});
