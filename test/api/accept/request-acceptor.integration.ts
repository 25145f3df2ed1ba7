import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { Worker } from 'bullmq';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { Idempotency, keyedBody } from '../../../src/api/accept/idempotency.js';
import type { KeyedBody } from '../../../src/api/accept/idempotency.js';
import { RequestAcceptor } from '../../../src/api/accept/request-acceptor.js';
import type { Accepted } from '../../../src/api/accept/request-acceptor.js';
import { RequestResolver } from '../../../src/api/accept/request-resolver.js';
import { ApiModule } from '../../../src/api/api.module.js';
import type { CreateCancellationDto } from '../../../src/api/requests/create-cancellation.dto.js';
import { callKey } from '../../../src/cancellation/keys.js';
import { readEnvironment } from '../../../src/config/environment.js';
import { ServiceEnvironment } from '../../../src/config/service.environment.js';
import { knownStreamsKey } from '../../../src/evidence/known-streams.js';
import { InvalidBodyError } from '../../../src/platform/http/body/invalid-body.error.js';
import { ApiError } from '../../../src/platform/http/problems/api-error.js';
import { ProcessModule, sharedByRoles } from '../../../src/process.module.js';
import { ApiConnection } from '../../../src/queue/connections/api.connection.js';
import { Cancellations } from '../../../src/queue/cancellations.js';
import { CANCELLATIONS_QUEUE } from '../../../src/queue/cancellations.queue.js';
import { observeQueue, testVariables } from '../../support/service.js';

const crash = new Error('Connection is closed.');

/** What the process was doing when it crashed. */
type Step = 'before' | 'after';

/** Lets the process crash once, in a call of `method`: before it has an effect, or after. */
function crashIn<T extends object>(target: T, method: keyof T & string, step: Step): void {
  const original = (target[method] as (...args: unknown[]) => Promise<unknown>).bind(target);
  vi.spyOn(target as Record<string, (...args: unknown[]) => Promise<unknown>>, method).mockImplementationOnce(
    async (...args) => {
      if (step === 'after') await original(...args);
      throw crash;
    },
  );
}

const idsOf = ({ outcomes }: Accepted): string[] =>
  outcomes.flatMap((outcome) =>
    outcome instanceof ApiError ? [outcome.code] : outcome.map(({ cancellation }) => cancellation.id),
  );

const acceptedOf = ({ outcomes }: Accepted) =>
  outcomes.flatMap((outcome) => (outcome instanceof ApiError ? [] : outcome));

const distinctIds = (accepted: Accepted): string[] =>
  [...new Set(idsOf(accepted))].filter((id) => id !== 'invalid_body').toSorted();

const keyOf = (requests: readonly unknown[]): KeyedBody =>
  keyedBody({ value: 'key', apiKeyName: null }, { requests }) as KeyedBody;

describe('RequestAcceptor', () => {
  let module: TestingModule;
  let acceptor: RequestAcceptor;
  let idempotency: Idempotency;
  let cancellations: Cancellations;
  let resolver: RequestResolver;
  let close: () => Promise<void>;
  let queue: ReturnType<typeof observeQueue>['queue'];

  beforeEach(async () => {
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    const environment = readEnvironment(ServiceEnvironment, {
      ...(await testVariables(nowhere)),
      SIGNALWIRE_SIGNING_KEY: 'PSK0123456789abcdef',
    });
    const shared = await sharedByRoles(environment);
    module = await Test.createTestingModule({
      imports: [ProcessModule.running(ApiModule, shared)],
    }).compile();
    await module.init();
    acceptor = module.get(RequestAcceptor, { strict: false });
    idempotency = module.get(Idempotency, { strict: false });
    cancellations = module.get(Cancellations, { strict: false });
    resolver = module.get(RequestResolver, { strict: false });
    const observed = observeQueue(inject('redisUrl'), environment.QUEUE_PREFIX);
    queue = observed.queue;
    close = async () => {
      await observed.close();
      await module.close();
    };
  });
  afterEach(() => close());

  const jobIds = async (): Promise<string[]> =>
    (await queue.getJobs()).map(({ id }) => String(id)).toSorted();

  /** As if a worker had carried out every job. */
  async function completeAll(): Promise<void> {
    const worker = new Worker(CANCELLATIONS_QUEUE, null, { ...queue.opts, autorun: false });
    const token = 'token';
    for (
      let job = await worker.getNextJob(token);
      job;
      job = await worker.getNextJob(token, { block: false })
    )
      await job.moveToCompleted({}, token, false);
    await worker.close();
  }

  /** As if status callbacks had reported exactly these streams of the call. */
  async function knowStreams(names: readonly string[]): Promise<void> {
    const { redis } = module.get(ApiConnection, { strict: false });
    const { QUEUE_PREFIX } = module.get(ServiceEnvironment, { strict: false });
    const key = knownStreamsKey(QUEUE_PREFIX, callKey({ project: 'default', callSid: 'call' }));
    await redis.del(key);
    for (const name of names) await redis.hset(key, name, `${Date.now()} sid-${name}`);
  }

  const one = { callSid: 'call', streamName: 'one' };
  const several = { callSid: 'call', streamNames: ['one', 'two'] };
  const bodies: readonly [string, readonly (CreateCancellationDto | ApiError)[]][] = [
    ['one request', [one]],
    ['a request for several streams', [several]],
    [
      'a batch with an invalid entry and a duplicate',
      [one, new InvalidBodyError([]), one, { ...one, callSid: 'b' }],
    ],
  ];
  describe.each(bodies)('after a crash, for %s', (_, requests) => {
    it.each<[string, () => object, string, Step]>([
      ['before the ids were reserved', () => idempotency, 'reserve', 'before'],
      ['before the jobs were added', () => cancellations, 'add', 'before'],
      ['before the key was settled', () => cancellations, 'add', 'after'],
      ['before the cancellations were read', () => idempotency, 'settle', 'after'],
      ['before the answer', () => cancellations, 'findMany', 'after'],
    ])('%s, the same key leads to one set of cancellations', async (__, target, method, step) => {
      crashIn(target() as Record<string, unknown>, method, step);
      await expect(acceptor.accept(requests, keyOf(requests))).rejects.toMatchObject({
        code: 'queue_answer_lost',
      });
      const queuedBefore = await jobIds();

      const first = await acceptor.accept(requests, keyOf(requests));
      const again = await acceptor.accept(requests, keyOf(requests));
      expect(idsOf(again)).toEqual(idsOf(first));
      expect(again.replayed).toBe(true);
      const queued = await jobIds();
      expect(queued).toEqual(expect.arrayContaining(queuedBefore));
      expect(queued).toHaveLength(requests.length === 1 ? idsOf(first).length : 2);
    });

    it('the same key leads to the cancellations that were queued, even if they have ended since', async () => {
      crashIn(cancellations, 'add', 'after');
      await expect(acceptor.accept(requests, keyOf(requests))).rejects.toMatchObject({
        code: 'queue_answer_lost',
      });
      const queued = await jobIds();
      await completeAll();
      const again = await acceptor.accept(requests, keyOf(requests));
      expect(distinctIds(again)).toEqual(queued);
      for (const { cancellation } of acceptedOf(again)) expect(cancellation.finishedAt).not.toBeNull();
      expect(await jobIds()).toEqual(queued);
    });

    it('the same streams lead to the same cancellations without a key', async () => {
      crashIn(cancellations, 'add', 'after');
      await expect(acceptor.accept(requests, null)).rejects.toMatchObject({ code: 'queue_answer_lost' });
      const queued = await jobIds();
      const again = await acceptor.accept(requests, null);
      expect(await jobIds()).toEqual(queued);
      expect(distinctIds(again)).toEqual(queued);
      const streams = acceptedOf(again);
      expect(streams.map(({ isDuplicate }) => isDuplicate)).toEqual(streams.map(() => true));
    });
  });

  it('gives many requests at once with one key the same cancellations', async () => {
    const all = await Promise.all(
      Array.from({ length: 50 }, () => acceptor.accept([several], keyOf([several]))),
    );
    expect(new Set(all.map((accepted) => idsOf(accepted).join())).size).toBe(1);
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await jobIds()).toHaveLength(2);
  });

  it('answers a known key even if the configuration would refuse the request now', async () => {
    const first = await acceptor.accept([one], keyOf([one]));
    vi.spyOn(resolver, 'resolve').mockRejectedValue(new InvalidBodyError([]));
    expect(idsOf(await acceptor.accept([one], keyOf([one])))).toEqual(idsOf(first));
  });

  it('leaves a key unused if every request is refused', async () => {
    const refused = [new InvalidBodyError([])];
    expect(idsOf(await acceptor.accept(refused, keyOf(refused)))).toEqual(['invalid_body']);
    expect(idsOf(await acceptor.accept([one], keyOf([one])))).toHaveLength(1);
  });

  it('queues an entry that was refused at first once it is allowed, and leaves the others', async () => {
    const requests = [one, { ...one, callSid: 'b' }];
    vi.spyOn(resolver, 'resolve').mockRejectedValueOnce(new InvalidBodyError([]));
    const [code, second] = idsOf(await acceptor.accept(requests, keyOf(requests)));
    expect(code).toBe('invalid_body');
    const again = idsOf(await acceptor.accept(requests, keyOf(requests)));
    expect(again[1]).toBe(second);
    expect(await jobIds()).toEqual(again.toSorted());
  });

  it('marks the cancellation of an earlier request as a duplicate, also when the key is used again', async () => {
    const [earlier] = idsOf(await acceptor.accept([one], null));
    for (const replayed of [false, true]) {
      const accepted = await acceptor.accept([several], keyOf([several]));
      expect(accepted.replayed).toBe(replayed);
      expect(accepted.outcomes[0]).toMatchObject([
        { cancellation: { id: earlier }, isDuplicate: true },
        { isDuplicate: false },
      ]);
    }
  });

  it('keeps to the streams that it found for "all", whatever is known when the key is used again', async () => {
    const all: CreateCancellationDto = { callSid: 'call', streamNames: 'all' };
    await knowStreams(['a', 'b']);
    crashIn(cancellations, 'add', 'before');
    await expect(acceptor.accept([all], keyOf([all]))).rejects.toMatchObject({ code: 'queue_answer_lost' });
    await knowStreams(['c']);
    const { outcomes } = await acceptor.accept([all], keyOf([all]));
    expect(outcomes[0]).toMatchObject(
      ['a', 'b'].map((streamName) => ({ cancellation: { data: { streamName, isOneOfAll: true } } })),
    );
  });

  it('asks for nothing while Redis is away', async () => {
    const adding = vi.spyOn(cancellations, 'add');
    vi.spyOn(ApiConnection.prototype, 'isReady', 'get').mockReturnValueOnce(false);
    await expect(acceptor.accept([one], null)).rejects.toMatchObject({ code: 'queue_unavailable' });
    expect(adding).not.toHaveBeenCalled();
  });
});
