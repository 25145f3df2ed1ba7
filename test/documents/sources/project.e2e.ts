import { describe, expect, it } from 'vitest';
import { freePort } from '../../../src/demo/free-port.js';
import { fateOf, SourcesFixture, STAY, STOPPED_AND_KEPT } from './fixture.js';

const sources = new SourcesFixture();

describe('the document of a project', () => {
  it('is a template at its own address', async () => {
    const port = await freePort();
    const PUBLIC_URL = `http://127.0.0.1:${port}`;
    const service = await sources.serviceOfTest({
      PUBLIC_PORT: String(port),
      PUBLIC_URL,
      TEMPLATES_DIR: sources.folder.path,
      DOCUMENT_URL: `${PUBLIC_URL}/laml/templates/resume-ivr?STREAMNAME={streamName}`,
    });
    const stopped = await sources.stop(service, {}, { streamName: 'a b+c', verbs: 4 });
    expect(stopped.cancellation).toMatchObject({ status: 'succeeded', evidence: 'accepted' });
    expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
  });

  it.each([
    ['the same for every name', 'stream', ''],
    ['filled in', '{{STREAMNAME}}', '?STREAMNAME={streamName}'],
  ])('is an XML Bin, %s', async (_, name, query) => {
    const bin = sources.simulator.createBin(
      `<Response><Stop><Stream name="${name}"/></Stop>${STAY}</Response>`,
    );
    const service = await sources.serviceOfTest({ DOCUMENT_URL: bin.url + query });
    const stopped = await sources.stop(service);
    expect(stopped.cancellation).toMatchObject({ status: 'succeeded', evidence: 'accepted' });
    expect(fateOf(stopped)).toEqual(STOPPED_AND_KEPT);
  });

  it('is another server’s, and falls back to ours if that one fails', async () => {
    const url = sources.elsewhere.reply('/once', [
      { body: `<Response><Stop><Stream name="stream"/></Stop>${STAY}</Response>` },
      { status: 500 },
    ]);
    const service = await sources.serviceOfTest({
      DOCUMENT_URL: url,
      DEFAULT_THEN: '[{"say":"Bye"},{"pause":600}]',
    });
    expect(fateOf(await sources.stop(service))).toEqual(STOPPED_AND_KEPT);
    const fallenBack = await sources.stop(service, {}, { verbs: 3 });
    expect(fallenBack.call.said).toEqual(['Bye']);
    expect(fateOf(fallenBack)).toEqual(STOPPED_AND_KEPT);
  });

  it('is replaced by a template that the request names', async () => {
    const service = await sources.serviceOfTest({
      TEMPLATES_DIR: sources.folder.path,
      DOCUMENT_URL: `${sources.elsewhere.url}/broken`,
    });
    const stopped = await sources.stop(service, { template: 'stay' });
    expect(stopped.cancellation).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
    expect(stopped.call.fetches.map(({ role }) => role)).toEqual(['url']);
  });

  it.each([
    [{ streamName: '..' }, 'streamName'],
    [{ streamNames: ['a', '..'] }, 'streamNames[1]'],
  ])('is refused for a name that its address cannot carry: %j', async (asked, field) => {
    const service = await sources.serviceOfTest({ DOCUMENT_URL: `${sources.elsewhere.url}/{streamName}` });
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

  it('cannot be chosen by a request without DOCUMENT_HOSTS', async () => {
    const service = await sources.serviceOfTest({});
    const response = await service.api.post({ callSid: 'c', streamName: 's', documentUrl: 'https://e.com/' });
    expect([response.status, ((await response.json()) as { detail: string }).detail]).toEqual([
      400,
      expect.stringContaining('DOCUMENT_HOSTS, the variable that says which hosts are allowed, is not set'),
    ]);
  });
});
