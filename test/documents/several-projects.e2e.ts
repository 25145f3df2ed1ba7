import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { streamKey } from '../../src/cancellation/keys.js';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { signLink } from '../../src/links/link-token.js';
import { stoppedMailbox } from '../../src/evidence/evidence.js';
import { configureDocuments } from '../../src/documents/documents.server.js';
import { httpAdapter } from '../../src/platform/http/http-adapter.js';
import type { Project } from '../../src/projects/project.js';
import { Projects } from '../../src/projects/projects.js';
import { DocumentsModule } from '../../src/documents/documents.module.js';
import { ProcessModule, sharedByRoles } from '../../src/process.module.js';
import { signForm } from '../../src/simulator/outgoing/signature.js';
import { LINK_SECRET, testVariables } from '../support/service.js';

/** Two projects with signing keys, and one without. */
class ThreeProjects extends Projects {
  private readonly three: readonly Project[];

  constructor(environment: ServiceEnvironment) {
    super(environment);
    const [given] = super.all();
    const project = (name: string, ...signingKeys: string[]) =>
      ({ ...given, name, projectId: `id-${name}`, signingKeys, defaultThen: [{ say: name }] }) as Project;
    this.three = [project('one', 'key-one'), project('two', 'key-two-new', 'key-two'), project('open')];
  }

  override get(name: string): Project | undefined {
    return this.three.find((project) => project.name === name);
  }

  override byProjectId(id: string): Project | undefined {
    return this.three.find(({ projectId }) => projectId === id);
  }

  override all(): readonly Project[] {
    return this.three;
  }
}

const BY_NAME = '/laml/stop-stream?STREAMNAME=stream';
const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

function link(project: string): string {
  const stops = [{ cancellationId: 'c', streamName: 'stream' }];
  const until = Date.now() + 60_000;
  const times = { sentAt: 0, awaitedUntil: until, expiresAt: until };
  const claims = { project, callSid: 'call', stops, then: [], ...times };
  return `/laml/stop-stream/${signLink(claims, LINK_SECRET)}`;
}

const event = (AccountSid: string, CallSid: string) => ({
  AccountSid,
  CallSid,
  StreamName: 'stream',
  StreamEvent: 'stream-stopped',
});

describe('requests about several projects', () => {
  let environment: ServiceEnvironment;
  let app: NestFastifyApplication;
  let redis: Redis;
  beforeAll(async () => {
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    environment = readEnvironment(ServiceEnvironment, await testVariables(nowhere));
    const shared = { ...(await sharedByRoles(environment)), projects: new ThreeProjects(environment) };
    app = await NestFactory.create<NestFastifyApplication>(
      ProcessModule.running(DocumentsModule, shared),
      httpAdapter('documents', shared.metrics),
      { logger: false, bodyParser: false },
    );
    configureDocuments(app);
    await app.init();
    redis = new Redis(inject('redisUrl'));
  });
  afterAll(async () => {
    redis.disconnect();
    await app.close();
  });

  const post = async (path: string, form: Record<string, string>, key?: string) => {
    const { statusCode, body } = await app.inject({
      method: 'POST',
      url: path,
      payload: new URLSearchParams(form).toString(),
      headers:
        key === undefined
          ? {}
          : { 'x-signalwire-signature': signForm(key, environment.PUBLIC_URL + path, form) },
    });
    return { status: statusCode, body };
  };
  it.each<[string, string, string | undefined, number]>([
    ['one', 'id-one', 'key-one', 200],
    ['one', 'id-one', 'key-two', 403],
    ['one', 'id-one', undefined, 403],
    ['two', 'id-two', 'key-two-new', 200],
    ['two', 'id-two', 'key-two', 200],
    ['one', 'id-two', 'key-two', 403],
    ['one', 'id-open', undefined, 403],
    ['open', 'id-open', undefined, 200],
    ['open', 'id-one', undefined, 200],
    ['removed', 'id-one', undefined, 200],
  ])(
    'a link of %s, fetched for %s with %s, is answered with %i: the project in the link counts',
    async (project, AccountSid, key, status) => {
      expect((await post(link(project), { AccountSid }, key)).status).toBe(status);
    },
  );

  it.each<[string | undefined, string | undefined, number, string]>([
    ['id-one', 'key-one', 200, '<Say>one</Say>'],
    ['id-one', 'key-two', 403, EMPTY],
    ['id-one', undefined, 403, EMPTY],
    ['id-open', undefined, 200, '<Say>open</Say>'],
    ['unknown', undefined, 200, '<Say>Stopping stream</Say>'],
    [undefined, undefined, 200, '<Say>Stopping stream</Say>'],
  ])(
    'a document by name for %s with %s is answered with %i and the verbs of that project',
    async (sid, key, status, body) => {
      const answer = await post(BY_NAME, { ...(sid !== undefined && { AccountSid: sid }) }, key);
      expect(answer.status).toBe(status);
      expect(answer.body).toContain(body);
    },
  );

  it('read the AccountSid of the form, then of the query', async () => {
    expect((await post(`${BY_NAME}&AccountSid=id-one`, {})).status).toBe(403);
    expect((await post(`${BY_NAME}&AccountSid=id-open`, { AccountSid: 'id-one' })).status).toBe(403);
    expect((await post(`${BY_NAME}&AccountSid=id-one`, { AccountSid: 'id-open' })).status).toBe(200);
  });

  it('count as evidence only with the signature of the project that they name', async () => {
    const mailbox = (project: string, callSid: string) =>
      stoppedMailbox(environment.QUEUE_PREFIX, streamKey({ project, callSid, streamName: 'stream' }));
    const path = '/laml/stream-status';
    expect((await post(path, event('id-one', 'forged'))).status).toBe(403);
    expect((await post(path, event('unknown', 'forged'))).status).toBe(204);
    expect((await post(path, event('id-two', 'call'), 'key-two')).status).toBe(204);
    expect((await post(path, event('id-two', 'call'), 'key-one')).status).toBe(403);
    expect((await post(path, event('id-open', 'call'))).status).toBe(204);
    expect((await post(path, event('id-open', 'call'), 'key-two')).status).toBe(204);
    expect((await post(path, event('id-one', 'last'), 'key-one')).status).toBe(204);
    await vi.waitFor(async () => expect(await redis.exists(mailbox('one', 'last'))).toBe(1));
    const all = await redis.keys(`${environment.QUEUE_PREFIX}:stopped:*`);
    expect(all.toSorted()).toEqual([mailbox('one', 'last'), mailbox('two', 'call')].toSorted());
  });
});
