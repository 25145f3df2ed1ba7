import { Logger } from '@nestjs/common';
import { expect, it, onTestFinished } from 'vitest';
import { EMPTY_RECORD } from '../../../src/cancellation/record.js';
import type { Lease } from '../../../src/queue/lease.js';
import { Runs } from '../../../src/worker/runs.js';
import { T0, testData } from '../../cancellation/fixtures/cancellation.js';

const leaseOf = (id: string): Lease =>
  ({
    id,
    data: testData(),
    record: EMPTY_RECORD,
    latest: EMPTY_RECORD,
    signal: new AbortController().signal,
    ids: { cancellationId: id, callSid: 'call' },
    save: () => Promise.resolve(),
    sleep: () => Promise.resolve(),
  }) as unknown as Lease;

const ignore = () => undefined;
const fails = () => Promise.reject(new Error('Redis is gone'));

/** Runs of which every step fails. */
const brokenRuns = (now: number) =>
  new Runs(
    ...([
      { carryOut: fails },
      { leave: fails },
      {},
      { get: () => undefined },
      { now: () => now },
      { CONFIRMATION_TIMEOUT_MS: 1000 },
    ] as unknown as ConstructorParameters<typeof Runs>),
  );

it('a fault of our own that breaks off every run is logged once, however many runs there are', async () => {
  const errors: unknown[][] = [];
  const error = (...line: unknown[]) => void errors.push(line);
  Logger.overrideLogger({ log: ignore, warn: ignore, error, debug: ignore });
  onTestFinished(() => Logger.overrideLogger(false));
  const runs = brokenRuns(T0);
  for (let run = 0; run < 100; run += 1)
    expect((await runs.run(leaseOf(`id-${run}`))).next).toMatchObject({ kind: 'wait', for: 'backoff' });
  expect(errors).toMatchObject([
    [
      'run failed internally; retrying',
      { cancellationId: 'id-0', error: 'Error: Redis is gone', leftOut: 0 },
      'Runs',
    ],
  ]);
});

it.each([
  ['at the deadline', 0],
  ['past the deadline', 5000],
])('a fault of our own %s ends no cancellation: its evidence was not looked for', async (_, lateMs) => {
  Logger.overrideLogger(false);
  const { deadline } = testData();
  const { next, record } = await brokenRuns(deadline + lateMs).run(leaseOf('id'));
  expect(next).toMatchObject({ kind: 'wait', for: 'backoff' });
  expect(record).toMatchObject({ givenUp: null, nextAttemptAt: deadline + lateMs + 1000 });
});
