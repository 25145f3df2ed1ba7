import { setImmediate } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { signLink } from '../../src/links/link-token.js';
import type { LinkClaims } from '../../src/links/link-token.js';
import { configureDocuments } from '../../src/documents/documents.server.js';
import { httpAdapter } from '../../src/platform/http/http-adapter.js';
import { DocumentsMetrics } from '../../src/documents/documents.metrics.js';
import { DocumentsModule } from '../../src/documents/documents.module.js';
import { ProcessModule, sharedByRoles } from '../../src/process.module.js';
import { signForm } from '../../src/simulator/outgoing/signature.js';
import { LINK_SECRET, testVariables } from '../support/service.js';
import { templatesFolder, withVerbs } from '../templates/fixtures.js';

const CALLER = '+15551234567';
const KEY = 'PSK0123456789abcdef';
const ORIGIN = 'https://stop.example.com';

const tokenOf = (sentAt: number, link: Partial<LinkClaims> = {}) => {
  const stops = ['c1', 'c2'].map((cancellationId) => ({ cancellationId, streamName: 'stream' }));
  const until = Date.now() + 60_000;
  const times = { sentAt, awaitedUntil: until, expiresAt: until };
  const claims = { project: 'default', callSid: 'call', stops, then: [], ...times };
  return signLink({ ...claims, ...link }, LINK_SECRET);
};

const counted = async (app: NestFastifyApplication) =>
  new Map(
    (await app.get(DocumentsMetrics, { strict: false }).documents.get()).values.map(({ labels, value }) => [
      labels.result,
      value,
    ]),
  );

describe('the log of the public port', () => {
  const lines: Record<string, unknown>[] = [];
  const keep = (message: unknown, fields: unknown): void =>
    void lines.push({ message, ...(fields as Record<string, unknown>) });
  const keepError = (message: unknown, fields: object): void => keep(message, { level: 'error', ...fields });
  const logger: LoggerService = { log: keep, warn: keep, error: keepError, debug: () => undefined };
  let app: NestFastifyApplication;
  let verifying: NestFastifyApplication;
  let removeTemplates: () => Promise<void>;

  const start = async (variables: Record<string, string>) => {
    const shared = await sharedByRoles(readEnvironment(ServiceEnvironment, variables));
    const started = await NestFactory.create<NestFastifyApplication>(
      ProcessModule.running(DocumentsModule, shared),
      httpAdapter('documents', shared.metrics),
      { logger, bodyParser: false },
    );
    configureDocuments(started);
    return started.init();
  };
  beforeAll(async () => {
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    const templates = await templatesFolder({
      'plain.xml': withVerbs(''),
      'asks.xml': withVerbs('<Say>{{Missing}}</Say>'),
    });
    removeTemplates = templates.remove;
    const variables = { ...(await testVariables(nowhere)), TEMPLATES_DIR: templates.path };
    verifying = await start({ ...variables, PUBLIC_URL: ORIGIN, SIGNALWIRE_SIGNING_KEY: KEY });
    app = await start(variables);
  });
  afterAll(async () => {
    await Promise.all([app.close(), verifying.close()]);
    await removeTemplates();
  });

  const FORM = { AccountSid: 'project', From: CALLER, To: CALLER };
  const linesOf = async (method: 'GET' | 'HEAD' | 'POST', url: string, at = app) => {
    lines.length = 0;
    const payload = new URLSearchParams(FORM).toString();
    const signature = signForm(KEY, ORIGIN + url, method === 'POST' ? FORM : {});
    const headers = {
      'user-agent': 'x'.repeat(1000),
      ...(at === verifying && { 'x-signalwire-signature': signature }),
    };
    await at.inject({ method, url, headers, ...(method === 'POST' && { payload }) });
    // A line of a fetch is written once the response is over.
    await setImmediate();
    expect(JSON.stringify(lines)).not.toContain(CALLER);
    return [...lines];
  };
  const by = { source: '127.0.0.1', userAgent: `${'x'.repeat(97)}...` };

  it('has a line with the delay for each fetch, without the link', async () => {
    const token = tokenOf(Date.now() - 5000);
    const written = await linesOf('POST', `/laml/stop-stream/${token}`);
    const fetched = { cancellationIds: ['c1', 'c2'], callSid: 'call', project: 'default', ...by };
    expect(written).toEqual([
      {
        message: 'document fetched',
        ...fetched,
        method: 'POST',
        isFallback: false,
        next: 'then',
        delayMs: expect.any(Number) as number,
      },
    ]);
    expect(Math.abs(Number(written[0]?.['delayMs']) - 5000)).toBeLessThan(2500);
    expect(JSON.stringify(written)).not.toContain(token.slice(0, 20));
    expect(await linesOf('HEAD', `/laml/stop-stream/${token}`)).toMatchObject([
      { message: 'document requested with HEAD', method: 'HEAD' },
    ]);
  });

  it.each([
    { warnings: 1, SIGNALWIRE_SIGNING_KEY: '' },
    { warnings: 0, SIGNALWIRE_SIGNING_KEY: KEY },
  ])(
    'warns of a DOCUMENT_URL on its own port without a signing key: $warnings',
    async ({ warnings, SIGNALWIRE_SIGNING_KEY }) => {
      lines.length = 0;
      const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
      const variables = await testVariables(nowhere);
      const DOCUMENT_URL = `${variables.PUBLIC_URL}/laml/stop-stream?STREAMNAME={streamName}`;
      const started = await start({ ...variables, DOCUMENT_URL, SIGNALWIRE_SIGNING_KEY });
      await started.close();
      const written = lines.filter(({ projects }) => projects !== undefined);
      expect(written).toHaveLength(warnings);
      for (const line of written)
        expect(line).toMatchObject({
          message: expect.stringMatching(
            /^DOCUMENT_URL points to PUBLIC_URL without a signing key/,
          ) as string,
          projects: ['default'],
          total: 1,
        });
    },
  );

  it('never shows a negative delay, whatever the clocks say', async () => {
    expect(await linesOf('GET', `/laml/stop-stream/${tokenOf(Date.now() + 5000)}`)).toMatchObject([
      { delayMs: 0 },
    ]);
  });

  it('has an error when a fallback is fetched again, because the call ends', async () => {
    const then = [{ say: 'Bye' }, { redirect: 'https://app.example.com/ivr' }];
    const sentAt = Date.now() - 1;
    const url = `/laml/stop-stream/${tokenOf(sentAt, { then })}`;
    const fallback = `/laml/stop-stream/${tokenOf(sentAt, { then, isFallback: true })}`;
    const written = [];
    for (const each of [url, fallback]) written.push(...(await linesOf('POST', each)));
    await linesOf('HEAD', fallback);
    written.push(...(await linesOf('POST', fallback)));
    const fetched = { message: 'document fetched', callSid: 'call' };
    expect(written).toMatchObject([
      { ...fetched, isFallback: false, next: 'then' },
      { ...fetched, isFallback: true, next: 'then' },
      { ...fetched, isFallback: true, next: 'nothing' },
      { level: 'error', message: 'fallback fetched again: the call ends after the stop', callSid: 'call' },
    ]);
  });

  it('has an error for each fetch of a template that is gone', async () => {
    const then = { template: 'gone', otherwise: [] };
    const gone = {
      level: 'error',
      message: 'template not usable',
      template: 'gone',
      reason: 'the template no longer exists',
      callSid: 'call',
      cancellationIds: ['c1', 'c2'],
    };
    expect(await linesOf('POST', `/laml/stop-stream/${tokenOf(2, { then })}`)).toEqual([gone]);
    expect(await linesOf('POST', `/laml/stop-stream/${tokenOf(2, { then, isFallback: true })}`)).toEqual([
      gone,
      expect.objectContaining({ message: 'document fetched', isFallback: true, next: 'then' }),
    ]);
  });

  it.each([
    ['document served by name, to an unverified client', '/laml/stop-stream?STREAMNAME=stream'],
    ['document requested without a usable STREAMNAME', '/laml/stop-stream'],
    ['document requested with a bad link', '/laml/stop-stream/bad'],
    ['template served, to an unverified client', '/laml/templates/plain?STREAMNAME=stream'],
    ['unknown template requested', `/laml/templates/${CALLER}?STREAMNAME=stream`],
    ['template not usable, for an unverified client', '/laml/templates/asks?STREAMNAME=stream'],
    ['unknown route requested', `/nowhere/${CALLER}`],
    [
      'stream status callback ignored: its signature cannot be verified',
      `/laml/stream-status?AccountSid=project&From=${encodeURIComponent(CALLER)}`,
    ],
  ])('has one line for many requests of unverified clients: %s', async (message, url) => {
    expect(await linesOf('GET', url)).toMatchObject([
      { message, method: 'GET', source: '127.0.0.1', leftOut: 0 },
    ]);
    expect(await linesOf('GET', url)).toEqual([]);
  });

  it.each([
    ['template served', { template: 'plain' }, '/laml/templates/plain?STREAMNAME=stream'],
    [
      'template not usable',
      { level: 'error', template: 'asks', reason: 'the request brings no Missing' },
      '/laml/templates/asks?STREAMNAME=stream',
    ],
    ['document served by name', { streamName: 'stream' }, '/laml/stop-stream?STREAMNAME=stream'],
  ])('has a line for each verified request: %s', async (message, fields, url) => {
    const line = { message, ...fields, ...by, project: 'default', method: 'POST' };
    expect(await linesOf('POST', url, verifying)).toEqual([line]);
    expect(await linesOf('POST', url, verifying)).toEqual([line]);
  });

  it('goes with counters in which unverified clients cannot cause an alert', async () => {
    const before = await counted(app);
    for (const name of ['plain', 'asks', 'none'])
      await linesOf('GET', `/laml/templates/${name}?STREAMNAME=stream`);
    for (const path of ['templates/plain', 'stop-stream'])
      await linesOf('HEAD', `/laml/${path}?STREAMNAME=stream`);
    const after = await counted(app);
    const more = [...after].map(([result, value]) => [result, value - (before.get(result) ?? 0)] as const);
    expect(Object.fromEntries(more.filter(([, value]) => value !== 0))).toEqual({
      template: 1,
      template_failed_open: 1,
      not_found: 1,
      head: 2,
    });
  });
});
