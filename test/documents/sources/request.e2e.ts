import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../src/demo/free-port.js';
import type { Fault } from '../../../src/simulator/faults/fault.js';
import type { TestService } from '../../support/service.js';
import { withVerbs } from '../../templates/fixtures.js';
import { FATES, fateOf, SourcesFixture, STAY, STOPPED_AND_KEPT } from './fixture.js';

const sources = new SourcesFixture();

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

const elsewhereAt = (documentUrl: string) => ({ documentUrl: `${documentUrl}?STREAMNAME={streamName}` });

describe('the document of a request', () => {
  let service: TestService;
  beforeAll(async () => {
    const PUBLIC_PORT = String(await freePort());
    const PUBLIC_URL = `http://127.0.0.1:${PUBLIC_PORT}`;
    const DOCUMENT_HOSTS = [sources.simulator.url, sources.elsewhere.url, PUBLIC_URL]
      .map((url) => new URL(url).host)
      .join();
    const variables = { PUBLIC_PORT, PUBLIC_URL, TEMPLATES_DIR: sources.folder.path, DOCUMENT_HOSTS };
    service = await sources.service(variables);
  });
  afterAll(() => service.close());

  it('has the verbs of its then', async () => {
    const stopped = await sources.stop(service, { then: [{ pause: 600 }] });
    expect(stopped.cancellation).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
  });

  it('has the default verbs of the guide, which end the call', async () => {
    const { cancellation, call } = await sources.stop(service);
    expect(cancellation).toMatchObject({ template: null, documentUrl: null });
    const over = await sources.simulator.until(call.sid, ({ status }) => status !== 'in-progress');
    expect(over).toMatchObject({
      status: 'completed',
      streams: [{ status: 'stopped' }, {}],
      said: ['Stopping stream'],
    });
  });

  it('is a template, filled in with the parameters of SignalWire’s request', async () => {
    const stopped = await sources.stop(service, { template: 'resume-ivr' }, { verbs: 4 });
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
      url: `${sources.elsewhere.url}/ivr?call=${call.sid}`,
    });
  });

  it.each(AWKWARD)('is a template, with the unchanged name %j', async (streamName) => {
    const stopped = await sources.stop(service, { template: 'stay' }, { streamName });
    expect(stopped.cancellation).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
  });

  it.each(AWKWARD)('is an XML Bin, with the unchanged name %j', async (streamName) => {
    const { url } = sources.simulator.createBin(withVerbs(`{{#From}}${STAY}{{/From}}`));
    const documentUrl = `${url}?STREAMNAME={streamName}`;
    const stopped = await sources.stop(service, { documentUrl }, { streamName });
    expect(stopped.cancellation).toMatchObject({
      status: 'succeeded',
      evidence: 'accepted',
      documentUrl,
    });
    expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
  });

  it('is another server’s, with accepted as its evidence', async () => {
    const url = sources.elsewhere.document('/stop', `<Stop><Stream name="stream"/></Stop>${STAY}`);
    const stopped = await sources.stop(service, { documentUrl: `${url}?call={callSid}` });
    expect(stopped.cancellation).toMatchObject({ status: 'succeeded', evidence: 'accepted' });
    expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
    expect(sources.elsewhere.requests.map(({ target }) => target)).toContain(
      `/stop?call=${stopped.call.sid}`,
    );
  });

  it('falls back to the default verbs, which end the call, if the other server fails', async () => {
    const { cancellation, call } = await sources.stop(service, {
      documentUrl: `${sources.elsewhere.url}/broken`,
    });
    expect(cancellation.warnings[0]).toMatchObject({ code: 'fallback_ends_call' });
    const over = await sources.simulator.until(call.sid, ({ endReason }) => endReason !== null);
    expect(over).toMatchObject({
      streams: [{ status: 'stopped' }, {}],
      said: ['Stopping stream'],
      status: 'completed',
      endReason: 'out_of_verbs',
    });
    expect(over.fetches.map(({ role }) => role)).toEqual(['url', 'fallbackUrl']);
  });

  it('falls back to then if the other server fails', async () => {
    const asked = {
      documentUrl: `${sources.elsewhere.url}/broken`,
      then: [{ redirect: `${sources.elsewhere.url}/ivr` }],
    };
    const stopped = await sources.stop(service, asked, { verbs: 3 });
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
      asked: (_: string, text: string) => elsewhereAt(sources.simulator.createBin(text).url),
    },
    {
      source: 'another server',
      asked: (name: string, text: string) =>
        elsewhereAt(
          sources.elsewhere.document(`/${name}`, /<Response>(.*)<\/Response>/s.exec(text)?.[1] ?? ''),
        ),
    },
  ])('from $source leaves the call', ({ asked }) => {
    it.each(FATES)('$fate', async ({ fate, verbs, call, warnings }) => {
      const streamName = 'stream';
      const text = withVerbs(verbs(`${sources.elsewhere.url}/ivr`))
        .replaceAll('{{STREAMNAME}}', streamName)
        .replaceAll(/\{\{.urlEncode\}\}/g, '');
      const source = asked(fate, text);
      const { sid } = sources.simulator.createCall({ streams: [{ name: streamName }, { name: 'another' }] });
      const { id } = await service.api.create({ callSid: sid, streamName, ...source });
      const cancellation = await service.finished(id);
      expect(cancellation.status).toBe('succeeded');
      expect(cancellation.warnings.map(({ code }) => code)).toEqual(
        'template' in source ? warnings : ['fallback_ends_call'],
      );
      const left = await sources.simulator.until(
        sid,
        ({ activity, endReason, fetches }) =>
          endReason !== null || (activity !== null && (fate !== 'in_its_ivr' || fetches.length > 1)),
      );
      expect(left).toMatchObject({ streams: [{ status: 'stopped' }, {}], ...call });
    });
  });

  it('is a template whose address has one parameter, whatever the name', async () => {
    const { call } = await sources.stop(
      service,
      { template: 'in_its_ivr' },
      { streamName: 'a b&c=d#e', verbs: 3 },
    );
    const redirected = new URL(call.fetches.at(-1)?.url ?? '');
    expect([...redirected.searchParams]).toEqual([['s', 'a b&c=d#e']]);
  });

  it('falls back to the default verbs if the template lacks a value', async () => {
    const { cancellation, call } = await sources.stop(service, { template: 'needy' });
    expect(cancellation).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(call).toMatchObject({ streams: [{ status: 'stopped' }, {}], said: ['Stopping stream'] });
    expect(call.fetches).toMatchObject([
      { role: 'url', status: 404, body: '<?xml version="1.0" encoding="UTF-8"?><Response/>' },
      { role: 'fallbackUrl', status: 200 },
    ]);
    expect(await (await service.api.request('/metrics')).text()).toMatch(
      /streamstop_documents_total\{result="template_failed"\} [1-9]/,
    );
  });

  it('is not shared with other cancellations of the call if it is a template', async () => {
    const names = ['a', 'b', 'c'];
    const faults: Fault[] = [{ latencyMs: 500 }];
    const { sid } = sources.simulator.createCall({ streams: names.map((name) => ({ name })), faults });
    const ids: string[] = [];
    for (const streamName of names) {
      const next = streamName === 'b' ? { template: 'stay' } : { then: [{ pause: 600 }] };
      ids.push((await service.api.create({ callSid: sid, streamName, ...next })).id);
    }
    for (const id of ids)
      expect(await service.finished(id)).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    const { fetches, streams } = sources.simulator.call(sid);
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
      "template flow needs what SignalWire's request for it does not bring: FLOW",
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
  ])('is refused for %j', async (asked, field, rule) => {
    const body = JSON.stringify({ callSid: 'c', streamName: 's', ...asked }).replace(
      'OWN',
      sources.elsewhere.url,
    );
    const response = await service.api.post(JSON.parse(body));
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: { field: string; message: string }[] };
    expect(errors).toContainEqual({ field, message: expect.stringContaining(rule) as string });
  });
});
