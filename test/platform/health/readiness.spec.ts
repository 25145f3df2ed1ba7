import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceEnvironment } from '../../../src/config/service.environment.js';
import { answerWithProblems } from '../../../src/platform/http/problem-server.js';
import { httpAdapter } from '../../../src/platform/http/http-adapter.js';
import { OperationsModule } from '../../../src/operations/operations.module.js';
import type { Readiness } from '../../../src/platform/health/readiness.js';
import { ProcessModule, sharedByRoles } from '../../../src/process.module.js';

let readiness: Readiness;
let app: NestFastifyApplication;

beforeEach(async () => {
  // No setting matters here.
  const shared = await sharedByRoles({
    API_KEYS: [],
    ROLES: [],
  } as Partial<ServiceEnvironment> as ServiceEnvironment);
  readiness = shared.readiness;
  app = await NestFactory.create<NestFastifyApplication>(
    ProcessModule.running(OperationsModule, shared),
    httpAdapter('operations', shared.metrics),
    { logger: false, bodyParser: false },
  );
  answerWithProblems(app);
  await app.init();
});
afterEach(() => app.close());

async function ready() {
  const response = await app.inject('/health/ready');
  const body = response.json<{ status: string; details: Record<string, { status: string }> }>();
  const states = Object.entries(body.details).map(([name, { status }]) => [name, status]);
  return {
    httpStatus: response.statusCode,
    status: body.status,
    states: Object.fromEntries(states) as object,
  };
}

describe('readiness', () => {
  it('holds from the start when no role adds a check', async () => {
    expect(await ready()).toEqual({ httpStatus: 200, status: 'ok', states: { acceptsWork: 'up' } });
  });

  it('holds while every check holds', async () => {
    readiness.expect('redis', () => Promise.resolve(true));
    readiness.expect('worker', () => true);
    expect(await ready()).toEqual({
      httpStatus: 200,
      status: 'ok',
      states: { acceptsWork: 'up', redis: 'up', worker: 'up' },
    });
  });

  it.each([
    ['returns false', () => false],
    ['resolves to false', () => Promise.resolve(false)],
    [
      'throws',
      () => {
        throw new Error('Redis cannot be reached');
      },
    ],
    ['rejects', () => Promise.reject(new Error('Redis cannot be reached'))],
    ['never answers', () => new Promise<boolean>(() => undefined)],
  ])('fails when a check %s, and names that check', async (_, expectation) => {
    readiness.expect('redis', expectation);
    readiness.expect('worker', () => true);
    expect(await ready()).toEqual({
      httpStatus: 503,
      status: 'error',
      states: { acceptsWork: 'up', redis: 'down', worker: 'up' },
    });
  });

  it.each([
    [false, true],
    [true, false],
  ])('holds only while every check of one name holds, whichever came first', async (first, second) => {
    readiness.expect('redis', () => first);
    readiness.expect('redis', () => second);
    expect(await ready()).toMatchObject({
      httpStatus: 503,
      states: { acceptsWork: 'up', redis: 'down' },
    });
  });

  it('returns when the failed check holds again', async () => {
    let reachable = false;
    readiness.expect('redis', () => reachable);
    expect(await ready()).toMatchObject({ httpStatus: 503 });
    reachable = true;
    expect(await ready()).toMatchObject({ httpStatus: 200 });
  });

  it('holds but is degraded while something needs attention, which it names', async () => {
    let worry: string | null = 'no worker for 30 s';
    readiness.warn('worker', () => worry);
    expect((await app.inject('/health/ready')).json()).toMatchObject({
      status: 'degraded',
      degraded: { worker: 'no worker for 30 s' },
    });
    expect(await ready()).toMatchObject({ httpStatus: 200 });
    worry = null;
    expect(await ready()).toMatchObject({ httpStatus: 200, status: 'ok' });
  });

  it('ends together with liveness when a part has died, which the process names', async () => {
    const cause = new Error('it asks for no jobs');
    readiness.die('worker', cause);
    const response = await app.inject('/health/live');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({ status: 'error', dead: ['worker'] });
    expect(await readiness.died).toBe(cause);
  });

  it('ends when the process drains, which stays live', async () => {
    readiness.drain();
    expect(await ready()).toMatchObject({ httpStatus: 503, states: { acceptsWork: 'down' } });
    expect((await app.inject('/health/live')).statusCode).toBe(200);
  });
});
