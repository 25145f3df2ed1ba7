import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestService } from '../../support/service.js';
import { withVerbs } from '../../templates/fixtures.js';
import { SourcesFixture, STAY } from './fixture.js';

const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';
const XML = 'text/xml; charset=utf-8';

const sources = new SourcesFixture();

async function answerTo({ urls }: TestService, rest: string, init: RequestInit = {}) {
  const response = await fetch(`${urls.documents}/laml/templates/${rest}`, init);
  return [response.status, response.headers.get('content-type'), await response.text()];
}

describe('a template at its own address', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await sources.service({ ROLES: 'documents', TEMPLATES_DIR: sources.folder.path });
  });
  afterAll(() => service.close());

  it.each(['GET', 'POST'])('is filled in from its query, for %s', async (method) => {
    const filled = withVerbs(STAY).replace('{{STREAMNAME}}', 'a &quot;b&quot; +1');
    expect(await answerTo(service, 'stay?STREAMNAME=a%20%22b%22+%2B1', { method })).toEqual([
      200,
      XML,
      filled,
    ]);
  });

  it('is filled in from the form before the query', async () => {
    const body = new URLSearchParams({ From: '+1555', CallSid: 'c' });
    const [, , text] = await answerTo(service, 'resume-ivr?STREAMNAME=s&From=x', {
      method: 'POST',
      body,
    });
    expect(text).toContain(`<Say>+1555</Say><Redirect>${sources.elsewhere.url}/ivr?call=c</Redirect>`);
  });

  it('has no body for HEAD', async () => {
    expect(await answerTo(service, 'stay?STREAMNAME=s', { method: 'HEAD' })).toEqual([200, XML, '']);
  });

  it.each(['needy?STREAMNAME=s', 'stay', 'stay?streamname=s', 'stay?STREAMNAME=', 'stay?STREAMNAME=%01'])(
    'is not found, so that SignalWire goes to the fallback, without a usable value: %s',
    async (rest) => {
      expect(await answerTo(service, rest)).toEqual([404, XML, EMPTY]);
    },
  );

  it('takes any variable from its query', async () => {
    const [, , text] = await answerTo(service, 'flow?STREAMNAME=s&FLOW=https%3A%2F%2Fe.com%2F%3Fa%3D1');
    expect(text).toContain('<Redirect>https://e.com/?a=1</Redirect>');
  });

  it.each(['none?STREAMNAME=s', 'stay.xml?STREAMNAME=s', '..%2Fstay?STREAMNAME=s', '__proto__'])(
    'is not found under another name: %s',
    async (rest) => {
      expect(await answerTo(service, rest)).toEqual([404, XML, EMPTY]);
    },
  );
});
