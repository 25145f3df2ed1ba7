import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { signLink } from '../../src/documents/link-token.js';
import type { LinkClaims } from '../../src/documents/link-token.js';
import { configureDocuments } from '../../src/http/configure.js';
import { httpAdapter } from '../../src/http/http-adapter.js';
import { DocumentsModule } from '../../src/roles/documents.module.js';
import { ProcessModule, sharedByRoles } from '../../src/roles/process.module.js';
import { LINK_SECRET, testVariables } from '../support/service.js';

const CALLER = '+15551234567';

const tokenOf = (sentAt: number, link: Partial<LinkClaims> = {}) => {
  const stops = ['c1', 'c2'].map((cancellationId) => ({ cancellationId, streamName: 'stream' }));
  const expiresAt = Date.now() + 60_000;
  const claims = { project: 'default', callSid: 'call', stops, then: [], sentAt, expiresAt };
  return signLink({ ...claims, ...link }, LINK_SECRET);
};

describe('the log of what is fetched', () => {
  const lines: Record<string, unknown>[] = [];
  const keep = (message: unknown, fields: unknown): void =>
    void lines.push({ message, ...(fields as Record<string, unknown>) });
  const keepError = (message: unknown, fields: object): void => keep(message, { level: 'error', ...fields });
  const logger: LoggerService = { log: keep, warn: keep, error: keepError, debug: () => undefined };
  let app: NestFastifyApplication;
  beforeAll(async () => {
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    const environment = readEnvironment(ServiceEnvironment, await testVariables(nowhere));
    const shared = sharedByRoles(environment);
    app = await NestFactory.create<NestFastifyApplication>(
      ProcessModule.running(DocumentsModule, shared),
      httpAdapter('documents', shared.metrics),
      { logger, bodyParser: false },
    );
    configureDocuments(app);
    await app.init();
  });
  afterAll(() => app.close());

  const linesOf = async (method: 'GET' | 'HEAD' | 'POST', url: string) => {
    lines.length = 0;
    const payload = new URLSearchParams({ From: CALLER, To: CALLER }).toString();
    const headers = { 'user-agent': 'x'.repeat(1000) };
    await app.inject({ method, url, headers, ...(method === 'POST' && { payload }) });
    expect(JSON.stringify(lines)).not.toContain(CALLER);
    return [...lines];
  };
  const by = { source: '127.0.0.1', userAgent: `${'x'.repeat(97)}...` };

  it('has a line for each fetch with how late it was, and no link', async () => {
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
      { message: 'document looked at', method: 'HEAD' },
    ]);
  });

  it('takes a fetch for no earlier than its attempt, whatever the clocks say', async () => {
    expect(await linesOf('GET', `/laml/stop-stream/${tokenOf(Date.now() + 5000)}`)).toMatchObject([
      { delayMs: 0 },
    ]);
  });

  it('has an error for a call that can only end, since all that it was to do was served before', async () => {
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
      { ...fetched, isFallback: true, next: 'handover' },
      { ...fetched, isFallback: true, next: 'nothing' },
      { level: 'error', message: 'the call has nothing left to do next', callSid: 'call' },
    ]);
  });

  it('has an error for each fetch of a template that is gone, with what it was to stop', async () => {
    const then = { template: 'gone', otherwise: [] };
    const gone = {
      level: 'error',
      message: 'a template was not filled in',
      template: 'gone',
      reason: 'there is no such template any more',
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
    ['a document was given by name, to whoever asked', '/laml/stop-stream?STREAMNAME=stream'],
    ['a document was asked for without a usable STREAMNAME', '/laml/stop-stream'],
    ['a document was asked for with a bad link', '/laml/stop-stream/bad'],
    ['a request led nowhere', `/nowhere/${CALLER}`],
  ])('has one line of many: %s', async (message, url) => {
    expect(await linesOf('GET', url)).toMatchObject([
      { message, method: 'GET', source: '127.0.0.1', leftOut: 0 },
    ]);
    expect(await linesOf('GET', url)).toEqual([]);
  });
});
