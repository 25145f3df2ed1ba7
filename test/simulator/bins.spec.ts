import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentUrlFor } from '../../src/cxml/document-url.js';
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

interface BinRequest {
  readonly method?: string;
  readonly path?: string;
  readonly form?: Record<string, string>;
  readonly authorization?: string;
  readonly accountSid?: string;
}

/** Sends a request to the bins of the Compatibility API. The body is null if the response has none. */
async function lamlBins({ method, path = '', form, ...rest }: BinRequest = {}) {
  const basic = Buffer.from(`${simulator.projectId}:${simulator.apiToken}`).toString('base64');
  const { authorization = `Basic ${basic}`, accountSid = simulator.projectId } = rest;
  const response = await fetch(
    `${simulator.url}/api/laml/2010-04-01/Accounts/${accountSid}/LamlBins${path}`,
    {
      method: method ?? (form === undefined ? 'GET' : 'POST'),
      headers: { authorization },
      body: form === undefined ? null : new URLSearchParams(form),
    },
  );
  const text = await response.text();
  const body = text === '' ? null : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, body };
}

const create = (form: Record<string, string>, accountSid = simulator.projectId) =>
  lamlBins({ form, accountSid });

const fillIn = (contents: string, params: Record<string, string>) => binTemplate(contents)(params);

describe('a variable of a bin', () => {
  it.each([
    ['a"/><Hangup/>&\'', 'a&quot;&#x2F;&gt;&lt;Hangup&#x2F;&gt;&amp;&#39;'],
    ['$& $1 {{B}}', '$&amp; $1 {{B}}'],
  ])('escapes the value %j', (value, escaped) => {
    expect(fillIn('<x y="{{ A }}">{{A}}</x>', { A: value, B: 'b' })).toBe(`<x y="${escaped}">${escaped}</x>`);
  });

  it('is not escaped within three braces', () => {
    expect(fillIn('<x>{{{A}}}</x>', { A: '<y/>' })).toBe('<x><y/></x>');
  });

  it.each(['{{B}}', '{{a}}', '{{constructor}}', '{{__proto__}}', '{{if}}', '{{helperMissing}}'])(
    'renders as nothing if the parameter is missing: %s',
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
  ])('follows Mustache for the parameters %j', (params, filled) => {
    expect(fillIn(CONTENTS, params as Record<string, string>)).toBe(filled);
  });
});

describe('contents that are not valid XML or not valid Mustache', () => {
  const INVALID = [
    '',
    'text',
    '<Response>',
    '<R a=b/>',
    '<R>&</R>',
    '<R>{{#A}}</R>',
    '<R>{{A</R>',
    '<R>{{if a b}</R>',
  ];

  it.each(INVALID)('are refused: %j', async (contents) => {
    expect(() => simulator.createBin(contents)).toThrow(InvalidBinError);
    expect((await control(simulator, 'POST', '/bins', { contents })).status).toBe(400);
    expect(await create({ Name: 'x', Contents: contents })).toMatchObject({
      status: 422,
      body: { code: 20422 },
    });
  });
});

describe('a bin', () => {
  it('is rendered with the parameters of the form and the query', async () => {
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

  it('is created through the Compatibility API, by default with an empty document', async () => {
    const { status, body } = await create({ Name: 'stop', Contents: CONTENTS });
    expect([status, body]).toMatchObject([201, { name: 'stop', contents: CONTENTS, num_requests: 0 }]);
    expect(await (await fetch(`${String(body?.['request_url'])}?STREAMNAME=a&To=b`)).text()).toContain(
      'name="a"',
    );
    const empty = await create({ Name: 'empty' });
    expect(await (await fetch(String(empty.body?.['request_url']))).text()).toContain('<Response/>');
    expect((await create({ Contents: CONTENTS })).status).toBe(422);
    expect((await create({ Name: 'x' }, 'another')).status).toBe(404);
  });

  it.each([{}, { contents: 1 }, { contents: 'x', more: 1 }])('is not created from %j', async (input) => {
    expect((await control(simulator, 'POST', '/bins', input)).status).toBe(400);
  });

  it('is read through the Compatibility API with its number of requests', async () => {
    const { sid, url } = simulator.createBin(CONTENTS);
    const before = await lamlBins({ path: `/${sid}` });
    expect(before).toMatchObject({
      status: 200,
      body: { sid, contents: CONTENTS, request_url: url, num_requests: 0, date_last_accessed: null },
    });
    await fetch(url);
    await fetch(url, { method: 'POST' });
    const { body } = await lamlBins({ path: `/${sid}.json` });
    expect(body).toMatchObject({
      num_requests: 2,
      name: expect.any(String) as string,
      date_last_accessed: expect.stringMatching(/^\w{3}, \d{2} \w{3} \d{4} /) as string,
    });
  });

  it('is changed through the Compatibility API at once, keeping its address', async () => {
    const { sid, url } = simulator.createBin(CONTENTS);
    const form = { Contents: '<Response><Hangup/></Response>' };
    expect(await lamlBins({ path: `/${sid}`, form })).toMatchObject({
      status: 200,
      body: { sid, contents: form.Contents, name: 'bin', request_url: url },
    });
    expect(await (await fetch(url)).text()).toBe(form.Contents);
    expect(await lamlBins({ path: `/${sid}.json`, form: { Name: 'renamed' } })).toMatchObject({
      body: { name: 'renamed', contents: form.Contents },
    });
    const invalidForms: Record<string, string>[] = [{ Contents: '<Response>', Name: 'x' }, { Name: '' }];
    for (const invalid of invalidForms)
      expect(await lamlBins({ path: `/${sid}`, form: invalid })).toMatchObject({ status: 422 });
    expect(await lamlBins({ path: `/${sid}` })).toMatchObject({
      body: { name: 'renamed', contents: form.Contents },
    });
  });

  it('is no longer served after it was deleted through the Compatibility API', async () => {
    const { sid, url } = simulator.createBin(CONTENTS);
    expect(await lamlBins({ method: 'DELETE', path: `/${sid}` })).toEqual({ status: 204, body: null });
    expect((await fetch(url)).status).toBe(404);
    expect(await lamlBins({ method: 'DELETE', path: `/${sid}` })).toMatchObject({ status: 404 });
  });

  it('is listed by the Compatibility API in pages', async () => {
    const made = [simulator.createBin(CONTENTS), simulator.createBin(CONTENTS)].map(({ sid }) => sid);
    const listed: unknown[] = [];
    let path = '.json?PageSize=3';
    while (path !== '') {
      const { body } = await lamlBins({ path });
      const { laml_bins, next_page_uri } = body as {
        laml_bins: { sid: string }[];
        next_page_uri: string | null;
      };
      expect(laml_bins.length).toBeLessThanOrEqual(3);
      listed.push(...laml_bins.map(({ sid }) => sid));
      path = next_page_uri?.replace(/.*LamlBins/, '') ?? '';
    }
    expect(listed.slice(-2)).toEqual(made);
    expect(new Set(listed).size).toBe(listed.length);
    expect(await lamlBins({ path: '?Page=900&PageSize=x' })).toMatchObject({
      status: 200,
      body: { page: 900, page_size: 50, laml_bins: [], next_page_uri: null },
    });
  });

  it('cannot be read, listed, changed or deleted by anyone else', async () => {
    const { sid, url } = simulator.createBin(CONTENTS);
    const requests: BinRequest[] = [
      {},
      { path: `/${sid}` },
      { path: `/${sid}`, form: { Name: 'x' } },
      { path: `/${sid}`, method: 'DELETE' },
    ];
    for (const binRequest of requests) {
      expect(await lamlBins({ ...binRequest, authorization: 'Basic eDp5' })).toMatchObject({
        status: 401,
        body: { code: 20003 },
      });
      expect(await lamlBins({ ...binRequest, accountSid: 'another' })).toMatchObject({
        status: 404,
        body: { code: 20404 },
      });
    }
    expect(await lamlBins({ path: '/none' })).toMatchObject({ status: 404, body: { code: 20404 } });
    expect((await fetch(`${simulator.url}/laml-bins/none`)).status).toBe(404);
    expect((await fetch(url)).status).toBe(200);
  });

  it('runs as the document of a call that is updated with its URL', async () => {
    const { sid } = simulator.createCall({ streams: [{ name: 'a "b" +c' }, { name: 'other' }] });
    const { url } = simulator.createBin(CONTENTS);
    const Url = documentUrlFor(`${url}?STREAMNAME={streamName}`, { streamName: 'a "b" +c', callSid: sid });
    await laml(simulator, sid, { form: { Url } });
    const call = await simulator.until(sid, ({ verbs }) => verbs.length === 2);
    expect(call.streams.map(({ status }) => status)).toEqual(['stopped', 'in-progress']);
    expect(call.verbs[1]).toMatchObject({ name: 'Dial', text: call.to });
  });
});
