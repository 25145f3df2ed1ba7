import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signLink } from '../../../src/links/link-token.js';
import { signForm } from '../../../src/simulator/outgoing/signature.js';
import { startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { LINK_SECRET, startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';

const KEY = 'PSK0123456789abcdef';
const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

interface Sent {
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly form?: Readonly<Record<string, string>>;
  readonly header?: string;
  readonly key?: string;
  readonly signedUrl?: string;
}

describe('with a signing key', () => {
  let simulator: Simulator;
  let service: TestService;
  beforeAll(async () => {
    simulator = await startSimulator({ log: false, signingKey: KEY });
    service = await startTestService(
      { SIGNALWIRE_SIGNING_KEY: KEY, FALLBACK_URL: 'https://Other.example.com/base' },
      simulator,
    );
  });
  afterAll(async () => {
    await service.close();
    await simulator.close();
  });

  const claims = {
    project: 'default',
    callSid: 'call',
    stops: [{ cancellationId: 'c', streamName: 'stream' }],
    then: [],
    sentAt: 0,
    awaitedUntil: Date.now() + 600_000,
    expiresAt: Date.now() + 600_000,
  };
  const good = () => `/laml/stop-stream/${signLink(claims, LINK_SECRET)}`;
  const ofRemovedProject = () =>
    `/laml/stop-stream/${signLink({ ...claims, project: 'removed' }, LINK_SECRET)}`;

  /** Sends a request as SignalWire does, signed unless `header` is empty. */
  const send = async (path: string, sent: Sent = {}) => {
    const {
      method = 'POST',
      form = { CallSid: 'call' },
      header = 'x-signalwire-signature',
      key = KEY,
    } = sent;
    const { signedUrl = service.variables.PUBLIC_URL + path } = sent;
    const signature = signForm(key, signedUrl, method === 'POST' ? form : {});
    const response = await fetch(service.variables.PUBLIC_URL + path, {
      method,
      headers: header === '' ? {} : { [header]: signature },
      ...(method === 'POST' && { body: new URLSearchParams(form) }),
    });
    return [response.status, await response.text()] as const;
  };

  it('a cancellation succeeds', async () => {
    const call = simulator.createCall({ streams: [{ name: 'stream' }] });
    const { id } = await service.api.create({ callSid: call.sid, streamName: 'stream' });
    expect(await service.finished(id)).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
  });

  const ROUTES = [
    { route: 'a link', path: () => `${good()}?a=%20b`, status: 200 },
    { route: 'a link of a removed project', path: ofRemovedProject, status: 200 },
    { route: 'a bad link', path: () => `${good()}x`, status: 404 },
    { route: 'a document by name', path: () => '/laml/stop-stream?STREAMNAME=a%2Bb+c', status: 200 },
    { route: 'a document without a name', path: () => '/laml/stop-stream', status: 400 },
    { route: 'a stream status', path: () => '/laml/stream-status?app=1', status: 204 },
  ];
  const WRONG: readonly { wrong: string; sent: Sent }[] = [
    { wrong: 'unsigned', sent: { header: '' } },
    { wrong: 'signed with another key', sent: { key: 'PSKother' } },
    { wrong: 'signed for another address', sent: { signedUrl: 'https://example.com/laml' } },
  ];
  const SENDERS = [
    { sender: 'its own project', form: () => ({ AccountSid: simulator.projectId }) },
    { sender: 'another project', form: () => ({ AccountSid: 'another' }) },
    { sender: 'nobody', form: () => ({ CallSid: 'x' }) },
  ];

  describe.each(ROUTES)('a request for $route', ({ path, status }) => {
    it.each(SENDERS)('from $sender is accepted with a right signature', async ({ form }) => {
      expect((await send(path(), { form: form() }))[0]).toBe(status);
      expect((await send(path(), { form: form(), header: 'x-twilio-signature' }))[0]).toBe(status);
    });

    it.each(['GET', 'HEAD'] as const)('with %s is accepted with a right signature', async (method) => {
      expect((await send(path(), { method }))[0]).toBe(status);
    });

    it('is accepted with a signature for FALLBACK_URL', async () => {
      expect((await send(path(), { signedUrl: `https://Other.example.com/base${path()}` }))[0]).toBe(status);
    });

    it.each(WRONG)('is refused if it is $wrong', async ({ sent }) => {
      const answers = [
        ...(await Promise.all(SENDERS.map(({ form }) => send(path(), { ...sent, form: form() })))),
        await send(path(), { ...sent, method: 'GET' }),
      ];
      for (const answer of answers) expect(answer).toEqual([403, EMPTY]);
    });
  });

  it('a form other than the signed one is refused', async () => {
    const signature = signForm(KEY, service.variables.PUBLIC_URL + good(), { CallSid: 'call' });
    for (const body of ['', 'CallSid=other', 'CallSid=call&More=', `CallSid=call&x=${'x'.repeat(70_000)}`]) {
      const headers = { 'x-signalwire-signature': signature };
      expect(
        (await fetch(service.variables.PUBLIC_URL + good(), { method: 'POST', headers, body })).status,
      ).toBe(403);
    }
  });

  it('a refused fetch is not evidence', async () => {
    const call = simulator.createCall({ faults: [{ fetch: 'none', times: 'always' }] });
    const impatient = await startTestService(
      { SIGNALWIRE_SIGNING_KEY: KEY, MAX_ATTEMPTS: '1', CONFIRMATION_TIMEOUT_MS: '300' },
      simulator,
    );
    const { id } = await impatient.api.create({ callSid: call.sid, streamName: 'stream' });
    const { updates } = await simulator.until(call.sid, (view) => view.updates.length === 1);
    expect((await fetch(String(updates[0]?.params['Url']), { method: 'POST' })).status).toBe(403);
    expect(await impatient.finished(id)).toMatchObject({
      status: 'failed',
      failure: { code: 'not_confirmed' },
    });
    await impatient.close();
  });

  it('refused requests are counted', async () => {
    const text = await (await service.api.request('/metrics')).text();
    expect(text).toMatch(/^streamstop_signatures_refused_total [1-9]/m);
  });
});
