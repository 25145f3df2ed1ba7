import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { signLink } from '../../src/documents/link-token.js';
import { configureDocuments } from '../../src/http/configure.js';
import { httpAdapter } from '../../src/http/http-adapter.js';
import { DocumentsModule } from '../../src/roles/documents.module.js';
import { ProcessModule, sharedByRoles } from '../../src/roles/process.module.js';
import { LINK_SECRET, testVariables } from '../support/service.js';

const CALLER = '+15551234567';

const tokenOf = (sentAt: number) => {
  const stops = ['c1', 'c2'].map((cancellationId) => ({ cancellationId, streamName: 'stream' }));
  const expiresAt = Date.now() + 60_000;
  return signLink({ project: 'default', callSid: 'call', stops, then: [], sentAt, expiresAt }, LINK_SECRET);
};

describe('the log of what is fetched', () => {
  const lines: Record<string, unknown>[] = [];
  const keep = (message: unknown, fields: unknown): void =>
    void lines.push({ message, ...(fields as Record<string, unknown>) });
  const logger: LoggerService = { log: keep, warn: keep, error: keep, debug: () => undefined };
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
