import { Logger } from '@nestjs/common';
import type { LoggerService } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { digestOf } from '../src/access/key-entry.js';
import type { Cancellation } from '../src/api/cancellation.js';
import { traceFields } from '../src/platform/trace/trace.js';
import { BILLING } from './projects/fixtures/projects-file.js';
import { ApiClient, startTestService } from './support/service.js';
import type { TestService } from './support/service.js';
import { templatesFolder, withVerbs } from './templates/fixtures.js';

const KEY = 'correct-horse-battery-staple';
const LIMITED_KEY = 'limited-horse-battery-staple';
const UNKNOWN = '0190c2f0-7b1e-7627-9763-1d142e9a6e96';
const SOON = { timeout: 8000 };
const SCOPES = ['cancel', 'read', 'operate'];

/** A cancellation that has succeeded, and one that waits because everything is paused. */
interface Prepared {
  readonly succeeded: string;
  readonly queued: string;
  /** The call of the one that waits. */
  readonly callSid: string;
}

/** Keeps each line with the request that the log adds to it. */
class LineKeeper implements LoggerService {
  readonly lines: { readonly msg: unknown; readonly audit?: boolean; readonly requestId?: string }[] = [];

  log(msg: unknown, fields: object): void {
    this.lines.push({ msg, ...traceFields(), ...fields });
  }

  warn(msg: unknown, fields: object): void {
    this.log(msg, fields);
  }

  error(msg: unknown, fields: object): void {
    this.log(msg, fields);
  }
}

describe('the audit', () => {
  let service: TestService;
  let templates: Awaited<ReturnType<typeof templatesFolder>>;
  let files: typeof templates;
  const logger = new LineKeeper();

  beforeAll(async () => {
    templates = await templatesFolder({ 'plain.xml': withVerbs('') });
    files = await templatesFolder({
      'keys.json': JSON.stringify({
        keys: [
          { name: 'night-shift', keyHash: digestOf(KEY), scopes: SCOPES },
          { name: 'limited', keyHash: digestOf(LIMITED_KEY), scopes: SCOPES, projects: ['billing'] },
        ],
      }),
      'projects.json': JSON.stringify({ projects: [BILLING] }),
    });
    service = await startTestService({
      API_KEYS_FILE: `${files.path}/keys.json`,
      SIGNALWIRE_PROJECTS_FILE: `${files.path}/projects.json`,
      TEMPLATES_DIR: templates.path,
      ALLOW_PRIVATE_PUBLIC_URL: 'true',
      CALLBACK_HOSTS: '127.0.0.1:9',
      CALLBACK_SECRETS: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      ALLOW_PRIVATE_CALLBACKS: 'true',
    });
    Logger.overrideLogger(logger);
  });
  beforeEach(() => {
    logger.lines.length = 0;
  });
  afterAll(async () => {
    await service.close();
    await templates.remove();
    await files.remove();
    Logger.overrideLogger(false);
  });

  const ask = (path: string, init: RequestInit, headers: object = {}, key = KEY): Promise<Response> =>
    new ApiClient(service.api.url, key).request(path, {
      ...init,
      headers: { ...(init.body !== undefined && { 'content-type': 'application/json' }), ...headers },
    });
  const withdraw = (id: string, headers: object = {}) =>
    ask(`/cancellations/${id}`, { method: 'DELETE' }, headers);
  const post = (path: string, body: object = {}, headers: object = {}, key = KEY): Promise<Response> =>
    ask(path, { method: 'POST', body: JSON.stringify(body) }, headers, key);
  const created = async (body: object, headers: object = {}): Promise<Cancellation> =>
    (await (await post('/cancellations', body, headers)).json()) as Cancellation;
  const newCall = (): string => service.simulator.createCall({ streams: [{ name: 'stream' }] }).sid;

  const prepared = async (): Promise<Prepared> => {
    const body = { streamName: 'stream', project: 'default', then: [{ pause: 600 }] };
    const called = { ...body, callbackUrl: 'http://127.0.0.1:9/stopped', callSid: newCall() };
    await post('/queue/resume', { project: 'billing' });
    await post('/queue/resume');
    const { id: succeeded } = await created(called, { prefer: 'wait=20' });
    await post('/queue/pause');
    const callSid = newCall();
    const { id: queued } = await created({ ...body, callSid });
    // A worker has put it to sleep.
    await vi.waitFor(async () => expect(await service.queue.queue.getJobState(queued)).toBe('delayed'), SOON);
    return { queued, succeeded, callSid };
  };

  const audit = () => logger.lines.filter((line) => line.audit === true);

  type Row = [
    what: string,
    name: string,
    act: (seen: Prepared, headers: object) => Promise<unknown>,
    line: (seen: Prepared) => object,
  ];

  it.each<Row>([
    [
      'a withdrawal',
      'withdraw',
      ({ queued }, headers) => withdraw(queued, headers),
      ({ queued, callSid }) => ({ cancellationId: queued, callSid, project: 'default', result: 'done' }),
    ],
    [
      'a withdrawal of what has ended',
      'withdraw',
      ({ succeeded }, headers) => withdraw(succeeded, headers),
      ({ succeeded }) => ({ cancellationId: succeeded, result: 'already_finished' }),
    ],
    [
      'a withdrawal of nothing',
      'withdraw',
      (_, headers) => withdraw(UNKNOWN, headers),
      () => ({ cancellationId: UNKNOWN, result: 'cancellation_not_found' }),
    ],
    [
      'a retry',
      'retry',
      async ({ queued }, headers) => {
        await withdraw(queued);
        await post(`/cancellations/${queued}/retry`, {}, headers);
      },
      ({ queued, callSid }) => ({
        cancellationId: queued,
        callSid,
        project: 'default',
        retry: expect.any(String) as string,
        result: 'done',
      }),
    ],
    [
      'a retry of what has succeeded',
      'retry',
      ({ succeeded }, headers) => post(`/cancellations/${succeeded}/retry`, {}, headers),
      ({ succeeded }) => ({ cancellationId: succeeded, result: 'not_retryable' }),
    ],
    [
      'a callback that is delivered again',
      'callback retry',
      ({ succeeded }, headers) => post(`/cancellations/${succeeded}/callbacks/retry`, {}, headers),
      ({ succeeded }) => ({
        cancellationId: succeeded,
        callSid: expect.any(String) as string,
        project: 'default',
        result: 'done',
      }),
    ],
    [
      'a callback that there is not',
      'callback retry',
      ({ queued }, headers) => post(`/cancellations/${queued}/callbacks/retry`, {}, headers),
      ({ queued }) => ({ cancellationId: queued, result: 'no_callback' }),
    ],
    [
      'a withdrawal in bulk',
      'bulk withdraw',
      ({ callSid }, headers) => post('/cancellations/withdraw', { callSid }, headers),
      ({ callSid }) => ({
        filter: { callSid, status: ['queued', 'retrying'] },
        result: 'done',
        matched: 1,
        done: 1,
        skipped: 0,
        remaining: 0,
      }),
    ],
    [
      'a retry in bulk',
      'bulk retry',
      async ({ queued, callSid }, headers) => {
        await withdraw(queued);
        await post('/cancellations/retry', { callSid }, headers);
      },
      ({ callSid }) => ({
        filter: { callSid, status: ['failed', 'expired', 'withdrawn'], isRetried: false },
        result: 'done',
        matched: 1,
        done: 1,
        skipped: 0,
        remaining: 0,
      }),
    ],
    [
      'a pause',
      'pause',
      (_, headers) => post('/queue/pause', { project: 'billing' }, headers),
      () => ({ project: 'billing', result: 'done' }),
    ],
    [
      'a pause of what is paused',
      'pause',
      (_, headers) => post('/queue/pause', {}, headers),
      () => ({ project: null, result: 'unchanged' }),
    ],
    [
      'a pause of an unknown project',
      'pause',
      (_, headers) => post('/queue/pause', { project: 'nobody' }, headers),
      () => ({ project: 'nobody', result: 'project_not_found' }),
    ],
    [
      'a pause of more than the key may know',
      'pause',
      (_, headers) => post('/queue/pause', {}, headers, LIMITED_KEY),
      () => ({ by: 'limited', project: null, result: 'forbidden_scope' }),
    ],
    [
      'a resumption',
      'resume',
      (_, headers) => post('/queue/resume', {}, headers),
      () => ({ project: null, was: 'paused', result: 'done' }),
    ],
    [
      'a resumption of a project that works',
      'resume',
      (_, headers) => post('/queue/resume', { project: 'billing' }, headers),
      () => ({ project: 'billing', was: null, result: 'unchanged' }),
    ],
  ])('has one line about %s', async (_, name, act, line) => {
    const seen = await prepared();
    await act(seen, { 'x-request-id': 'audited' });
    const lines = audit().filter(({ requestId }) => requestId === 'audited');
    expect(lines).toEqual([
      { msg: name, audit: true, by: 'night-shift', requestId: 'audited', ...line(seen) },
    ]);
  });

  it('has no line about a bulk request that only counts', async () => {
    await post('/cancellations/withdraw', { all: true, dryRun: true });
    expect(audit()).toEqual([]);
  });

  it('has one line about each thing that is reloaded', async () => {
    service.reload();
    await vi.waitFor(() => expect(audit()).toHaveLength(3), SOON);
    expect(audit()).toMatchObject(
      ['projects', 'API keys', 'templates'].map((what) => ({
        msg: `${what} reloaded`,
        by: 'SIGHUP',
        result: 'done',
      })),
    );
  });

  it('has one line about each thing that is not reloaded, because it is invalid', async () => {
    await templates.write({ 'plain.xml': '<' });
    await files.write({ 'projects.json': '{', 'keys.json': '{' });
    service.reload();
    await vi.waitFor(() => expect(audit()).toHaveLength(3), SOON);
    expect(audit()).toMatchObject(
      ['projects', 'API keys', 'templates'].map((what) => ({
        msg: expect.stringContaining(`${what} not reloaded`) as string,
        by: 'SIGHUP',
        result: 'invalid',
      })),
    );
  });
});
