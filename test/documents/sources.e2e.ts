import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { freePort } from '../../src/demo/free-port.js';
import type { CallView } from '../../src/simulator/calls/call-view.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { DocumentServer } from '../simulator/support/document-server.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { templatesFolder, withVerbs } from '../templates/fixtures.js';

const AWKWARD = [
  'a b+c',
  'a&b=c#d?e/f',
  '100%41',
  '"quoted" \'name\'',
  'żółw',
  '🎧 <stream>',
  '{callSid}{{From}}',
  '../x',
];

const STAY = '<Pause length="600"/>';

/** What the verbs after the stop make of the call. */
const FATES = [
  {
    fate: 'in_its_ivr',
    verbs: () => `<Redirect>${elsewhere.url}/ivr?s={{STREAMNAME}}</Redirect>`,
    call: { status: 'in-progress', endReason: null, activity: { verb: 'Pause' } },
    warnings: [],
  },
  {
    fate: 'on_hold',
    verbs: () => '<Enqueue>support</Enqueue>',
    call: { status: 'in-progress', endReason: null, activity: { verb: 'Enqueue', text: 'support' } },
    warnings: [],
  },
  {
    fate: 'hung_up',
    verbs: () => '<Hangup/>',
    call: { status: 'completed', endReason: 'hangup_verb' },
    warnings: [],
  },
  {
    fate: 'out_of_verbs',
    verbs: () => '<Say>Bye</Say>',
    call: { status: 'completed', endReason: 'out_of_verbs' },
    warnings: ['call_ends'],
  },
] as const;

let simulator: Simulator;
let elsewhere: DocumentServer;
let folder: Awaited<ReturnType<typeof templatesFolder>>;

/** The guide's ending is the default, after which the call ends. */
const VARIABLES = { MAX_ATTEMPTS: '1', CONFIRMATION_TIMEOUT_MS: '1000' };

beforeAll(async () => {
  simulator = await startSimulator({ log: false });
  elsewhere = await DocumentServer.start();
  const ivr = elsewhere.document('/ivr', STAY);
  folder = await templatesFolder({
    'resume-ivr.xml': withVerbs(
      `{{#From}}<Say>{{From}}</Say>{{/From}}<Redirect>${ivr}?call={{CallSid}}</Redirect>`,
    ),
    'needy.xml': withVerbs(`<Say>{{ParentCallSid}}</Say>${STAY}`),
    'flow.xml': withVerbs(`<Redirect>{{FLOW}}</Redirect>`),
    'stay.xml': withVerbs(STAY),
    ...Object.fromEntries(FATES.map(({ fate, verbs }) => [`${fate}.xml`, withVerbs(verbs())])),
  });
});
afterAll(async () => {
  await elsewhere.close();
  await simulator.close();
  await folder.remove();
});

interface Stopped {
  readonly cancellation: Cancellation;
  readonly call: CallView;
}

/** Has one stream of a new call stopped, and waits until the call's last verb runs, or it is over. */
async function stop(
  service: TestService,
  asked: { template?: string; documentUrl?: string; then?: object[] } = {},
  { streamName = 'stream', verbs = 2 } = {},
): Promise<Stopped> {
  const { sid } = simulator.createCall({ streams: [{ name: streamName }, { name: 'another' }] });
  const { id } = await service.api.create({ callSid: sid, streamName, ...asked });
  const cancellation = await service.finished(id);
  const call = await simulator.until(sid, (view) => view.verbs.length >= verbs);
  return { cancellation, call };
}

const fateOf = ({ call }: Stopped) => ({
  streams: call.streams.map(({ status }) => status),
  status: call.status,
  lastVerb: call.verbs.at(-1)?.name,
});

const STOPPED_AND_KEPT = { streams: ['stopped', 'in-progress'], status: 'in-progress', lastVerb: 'Pause' };

async function answerTo({ urls }: TestService, rest: string, init: RequestInit = {}) {
  const response = await fetch(`${urls.documents}/laml/templates/${rest}`, init);
  return [response.status, response.headers.get('content-type'), await response.text()];
}

const elsewhereAt = (documentUrl: string) => ({ documentUrl: `${documentUrl}?STREAMNAME={streamName}` });

describe('the document of a request comes from', () => {
  let service: TestService;
  beforeAll(async () => {
    const PUBLIC_PORT = String(await freePort());
    const PUBLIC_URL = `http://127.0.0.1:${PUBLIC_PORT}`;
    const DOCUMENT_HOSTS = [simulator.url, elsewhere.url, PUBLIC_URL].map((url) => new URL(url).host).join();
    const variables = { PUBLIC_PORT, PUBLIC_URL, TEMPLATES_DIR: folder.path, DOCUMENT_HOSTS };
    service = await startTestService({ ...VARIABLES, ...variables }, simulator);
  });
  afterAll(() => service.close());

  it('here, of the verbs of its then', async () => {
    const stopped = await stop(service, { then: [{ pause: 600 }] });
    expect(stopped.cancellation).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
  });

  it('here, of the default verbs, which are the guide and end the call', async () => {
    const { cancellation, call } = await stop(service);
    expect(cancellation).not.toHaveProperty('template');
    expect(cancellation).not.toHaveProperty('documentUrl');
    const over = await simulator.until(call.sid, ({ status }) => status !== 'in-progress');
    expect(over).toMatchObject({
      status: 'completed',
      streams: [{ status: 'stopped' }, {}],
      said: ['Stopping stream'],
    });
  });

  it('a template, with what SignalWire says of the call', async () => {
    const stopped = await stop(service, { template: 'resume-ivr' }, { verbs: 4 });
    const { cancellation, call } = stopped;
    expect(cancellation).toMatchObject({
      status: 'succeeded',
      evidence: 'document_fetched',
      template: 'resume-ivr',
    });
    expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
    expect(call.said).toEqual([call.from]);
    expect(call.fetches.at(-1)).toMatchObject({
      role: 'redirect',
      url: `${elsewhere.url}/ivr?call=${call.sid}`,
    });
  });

  it.each(AWKWARD)('a template, with the name %j as it is', async (streamName) => {
    const stopped = await stop(service, { template: 'stay' }, { streamName });
    expect(stopped.cancellation).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
  });

  it.each(AWKWARD)(
    'an XML Bin that it names, whose fetches are counted, with the name %j as it is',
    async (streamName) => {
      const { url } = simulator.createBin(withVerbs(`{{#From}}${STAY}{{/From}}`));
      const documentUrl = `${url}?STREAMNAME={streamName}`;
      const stopped = await stop(service, { documentUrl }, { streamName });
      expect(stopped.cancellation).toMatchObject({
        status: 'succeeded',
        evidence: 'document_fetched',
        documentUrl,
      });
      expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
    },
  );

  it('a server that it names, of which no more is known than that SignalWire accepted', async () => {
    const url = elsewhere.document('/stop', `<Stop><Stream name="stream"/></Stop>${STAY}`);
    const stopped = await stop(service, { documentUrl: `${url}?call={callSid}` });
    expect(stopped.cancellation).toMatchObject({ status: 'succeeded', evidence: 'accepted' });
    expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
    expect(elsewhere.requests.map(({ target }) => target)).toContain(`/stop?call=${stopped.call.sid}`);
  });

  it('here after all, where the server that it names fails, and ends the call as `then` does not say', async () => {
    const { cancellation, call } = await stop(service, { documentUrl: `${elsewhere.url}/broken` });
    expect(cancellation.warnings.map(({ code }) => code)).toEqual(['fallback_ends_call']);
    const over = await simulator.until(call.sid, ({ endReason }) => endReason !== null);
    expect(over).toMatchObject({
      streams: [{ status: 'stopped' }, {}],
      said: ['Stopping stream'],
      status: 'completed',
      endReason: 'out_of_verbs',
    });
    expect(over.fetches.map(({ role }) => role)).toEqual(['url', 'fallbackUrl']);
  });

  it('here after all, where the server that it names fails, and goes on as `then` says', async () => {
    const asked = { documentUrl: `${elsewhere.url}/broken`, then: [{ redirect: `${elsewhere.url}/ivr` }] };
    const stopped = await stop(service, asked, { verbs: 3 });
    expect(stopped.cancellation).toMatchObject({ documentUrl: asked.documentUrl, warnings: [] });
    expect(stopped.call.fetches.map(({ role }) => role)).toEqual(['url', 'fallbackUrl', 'redirect']);
    expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
  });

  describe.each([
    { source: 'a template', asked: (name: string) => ({ template: name }) },
    {
      source: 'a template at its address',
      asked: (name: string) => elsewhereAt(`${service.urls.documents}/laml/templates/${name}`),
    },
    {
      source: 'an XML Bin',
      asked: (_: string, text: string) => elsewhereAt(simulator.createBin(text).url),
    },
    {
      source: 'another server',
      asked: (name: string, text: string) =>
        elsewhereAt(elsewhere.document(`/${name}`, /<Response>(.*)<\/Response>/s.exec(text)?.[1] ?? '')),
    },
  ])('$source, which leaves the call', ({ asked }) => {
    it.each(FATES)('$fate', async ({ fate, verbs, call, warnings }) => {
      const streamName = 'stream';
      const text = withVerbs(verbs()).replaceAll('{{STREAMNAME}}', streamName);
      const source = asked(fate, text);
      const { sid } = simulator.createCall({ streams: [{ name: streamName }, { name: 'another' }] });
      const { id } = await service.api.create({ callSid: sid, streamName, ...source });
      const cancellation = await service.finished(id);
      expect(cancellation.status).toBe('succeeded');
      expect(cancellation.warnings.map(({ code }) => code)).toEqual(
        'template' in source ? warnings : ['fallback_ends_call'],
      );
      const left = await simulator.until(
        sid,
        ({ activity, endReason, fetches }) =>
          endReason !== null || (activity !== null && (fate !== 'in_its_ivr' || fetches.length > 1)),
      );
      expect(left).toMatchObject({ streams: [{ status: 'stopped' }, {}], ...call });
    });
  });

  it('a template whose addresses keep their parameters, whatever the name', async () => {
    const { call } = await stop(service, { template: 'in_its_ivr' }, { streamName: 'a b&c=d#e', verbs: 3 });
    const redirected = new URL(call.fetches.at(-1)?.url ?? '');
    expect([...redirected.searchParams]).toEqual([['s', 'a b&c=d#e']]);
  });

  it('nowhere, where the template lacks a value: what is served then proves nothing', async () => {
    const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
    const { id } = await service.api.create({ callSid: sid, streamName: 'stream', template: 'needy' });
    expect(await service.finished(id)).toMatchObject({
      status: 'failed',
      evidence: 'accepted',
      documentFetchedAt: null,
      failure: { code: 'not_confirmed' },
    });
    expect(simulator.call(sid).fetches).toMatchObject([
      { status: 200, body: '<?xml version="1.0" encoding="UTF-8"?><Response/>', error: null },
    ]);
    expect(await (await service.api.request('/metrics')).text()).toMatch(
      /streamstop_documents_total\{result="template_failed"\} [1-9]/,
    );
  });

  it('a template for one of several cancellations of a call, which are not made one with it', async () => {
    const names = ['a', 'b', 'c'];
    const faults: Fault[] = [{ latencyMs: 500 }];
    const { sid } = simulator.createCall({ streams: names.map((name) => ({ name })), faults });
    const ids: string[] = [];
    for (const streamName of names) {
      const next = streamName === 'b' ? { template: 'stay' } : { then: [{ pause: 600 }] };
      ids.push((await service.api.create({ callSid: sid, streamName, ...next })).id);
    }
    for (const id of ids)
      expect(await service.finished(id)).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    const { fetches, streams } = simulator.call(sid);
    expect(streams.map(({ status }) => status)).toEqual(['stopped', 'stopped', 'stopped']);
    const stops = fetches.map(({ body }) =>
      [...body.matchAll(/name="(\w)"/g)].map(([, name]) => name).join(),
    );
    expect(stops).toContain('b');
    expect(stops.filter((names) => names.includes('b'))).toEqual(['b']);
  });

  it.each([
    [
      { template: 'none' },
      'template',
      'template must be the name of a template: flow, hung_up, in_its_ivr, needy, on_hold, out_of_verbs, resume-ivr, stay',
    ],
    [
      { template: 'flow' },
      'template',
      "template flow shows what SignalWire's request for it does not bring: FLOW",
    ],
    [
      { template: 'a/b' },
      'template',
      'template must be the name of a template: 1 to 64 letters, digits, _ or -',
    ],
    [{ template: 'stay', then: [] }, 'template', 'template takes the place of then; give one alone'],
    [
      { template: 'stay', documentUrl: 'https://e.com/' },
      'template',
      'template takes the place of documentUrl; give one alone',
    ],
    [
      { documentUrl: 'https://e.com/' },
      'documentUrl',
      'documentUrl must lead to one of the hosts that DOCUMENT_HOSTS allows',
    ],
    [{ documentUrl: 'e.com' }, 'documentUrl', 'documentUrl must be an http or https URL'],
    [
      { documentUrl: 'OWN/{streamName}', streamName: '..' },
      'documentUrl',
      'documentUrl cannot be taken: it makes a segment . or .. of the path',
    ],
    [
      { documentUrl: `OWN/?${'{streamName}'.repeat(150)}`, streamName: 'ż'.repeat(256) },
      'documentUrl',
      "documentUrl cannot be taken: it makes the document's address longer than 4096 characters",
    ],
  ])('nowhere for %j, which is refused', async (asked, field, rule) => {
    const body = JSON.stringify({ callSid: 'c', streamName: 's', ...asked }).replace('OWN', elsewhere.url);
    const response = await service.api.post(JSON.parse(body));
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: { field: string; message: string }[] };
    expect(errors).toContainEqual({ field, message: expect.stringContaining(rule) as string });
  });

  describe('a template that is served by its name', () => {
    const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';
    const XML = 'text/xml; charset=utf-8';

    it.each(['GET', 'POST'])('to %s, with the values of its query', async (method) => {
      const filled = withVerbs(STAY).replace('{{STREAMNAME}}', 'a &quot;b&quot; +1');
      expect(await answerTo(service, 'stay?STREAMNAME=a%20%22b%22+%2B1', { method })).toEqual([
        200,
        XML,
        filled,
      ]);
    });

    it('with those of the form before those of the query', async () => {
      const body = new URLSearchParams({ From: '+1555', CallSid: 'c' });
      const [, , text] = await answerTo(service, 'resume-ivr?STREAMNAME=s&From=x', {
        method: 'POST',
        body,
      });
      expect(text).toContain(`<Say>+1555</Say><Redirect>${elsewhere.url}/ivr?call=c</Redirect>`);
    });

    it('to HEAD without its text', async () => {
      expect(await answerTo(service, 'stay?STREAMNAME=s', { method: 'HEAD' })).toEqual([200, XML, '']);
    });

    it.each(['needy?STREAMNAME=s', 'stay', 'stay?streamname=s', 'stay?STREAMNAME=', 'stay?STREAMNAME=%01'])(
      'as an empty document where it lacks a value, or has one that XML cannot carry: %s',
      async (rest) => {
        expect(await answerTo(service, rest)).toEqual([200, XML, EMPTY]);
      },
    );

    it('with what its query brings', async () => {
      const [, , text] = await answerTo(service, 'flow?STREAMNAME=s&FLOW=https%3A%2F%2Fe.com%2F%3Fa%3D1');
      expect(text).toContain('<Redirect>https://e.com/?a&#x3D;1</Redirect>');
    });

    it.each(['none?STREAMNAME=s', 'stay.xml?STREAMNAME=s', '..%2Fstay?STREAMNAME=s', '__proto__'])(
      'never under another name: %s',
      async (rest) => {
        expect(await answerTo(service, rest)).toEqual([404, XML, EMPTY]);
      },
    );
  });
});

const start = async (variables: Record<string, string>): Promise<TestService> => {
  const service = await startTestService({ ...VARIABLES, ...variables }, simulator);
  onTestFinished(() => service.close());
  return service;
};

describe('the document of a project comes from', () => {
  it('a template that is served by its name', async () => {
    const port = await freePort();
    const PUBLIC_URL = `http://127.0.0.1:${port}`;
    const service = await start({
      PUBLIC_PORT: String(port),
      PUBLIC_URL,
      TEMPLATES_DIR: folder.path,
      DOCUMENT_URL: `${PUBLIC_URL}/laml/templates/resume-ivr?STREAMNAME={streamName}`,
    });
    const stopped = await stop(service, {}, { streamName: 'a b+c', verbs: 4 });
    expect(stopped.cancellation).toMatchObject({ status: 'succeeded', evidence: 'accepted' });
    expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
  });

  it.each([
    ['the same for every name', 'stream', ''],
    ['filled in', '{{STREAMNAME}}', '?STREAMNAME={streamName}'],
  ])('an XML Bin, %s', async (_, name, query) => {
    const bin = simulator.createBin(`<Response><Stop><Stream name="${name}"/></Stop>${STAY}</Response>`);
    const service = await start({ DOCUMENT_URL: bin.url + query });
    const stopped = await stop(service);
    expect(stopped.cancellation).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
  });

  it('another server, and from here where that one fails', async () => {
    const url = elsewhere.reply('/once', [
      { body: `<Response><Stop><Stream name="stream"/></Stop>${STAY}</Response>` },
      { status: 500 },
    ]);
    const service = await start({ DOCUMENT_URL: url, DEFAULT_THEN: '[{"say":"Bye"},{"pause":600}]' });
    expect(fateOf(await stop(service))).toEqual(STOPPED_AND_KEPT);
    const fallenBack = await stop(service, {}, { verbs: 3 });
    expect(fallenBack.call.said).toEqual(['Bye']);
    expect(fateOf(fallenBack)).toEqual(STOPPED_AND_KEPT);
  });

  it('a template for a request that names one, though the project has a document elsewhere', async () => {
    const service = await start({ TEMPLATES_DIR: folder.path, DOCUMENT_URL: `${elsewhere.url}/broken` });
    const stopped = await stop(service, { template: 'stay' });
    expect(stopped.cancellation).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(stopped.call.fetches.map(({ role }) => role)).toEqual(['url']);
  });

  it.each([
    [{ streamName: '..' }, 'streamName'],
    [{ streamNames: ['a', '..'] }, 'streamNames[1]'],
  ])('none for a name that its address cannot carry: %j', async (asked, field) => {
    const service = await start({ DOCUMENT_URL: `${elsewhere.url}/{streamName}` });
    const response = await service.api.post({ callSid: 'c', ...asked });
    expect([response.status, ((await response.json()) as { errors: unknown }).errors]).toEqual([
      400,
      [
        {
          field,
          message: expect.stringContaining(`${field} cannot be taken: it makes a segment . or ..`) as string,
        },
      ],
    ]);
  });

  it('none that a request names, without DOCUMENT_HOSTS', async () => {
    const service = await start({});
    const response = await service.api.post({ callSid: 'c', streamName: 's', documentUrl: 'https://e.com/' });
    expect([response.status, ((await response.json()) as { detail: string }).detail]).toEqual([
      400,
      expect.stringContaining('DOCUMENT_HOSTS, the variable that says which hosts are allowed, is not set'),
    ]);
  });
});
