import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CancellationData } from '../../src/cancellation/data.js';
import { callKey } from '../../src/cancellation/keys.js';
import type { CancellationRecord } from '../../src/cancellation/record.js';
import { evidenceMailbox } from '../../src/evidence/evidence.js';
import { EvidenceInbox } from '../../src/evidence/evidence.inbox.js';
import { knownStreamsKey } from '../../src/evidence/known-streams.js';
import { Lanes } from '../../src/lane/lanes.js';
import type { Project } from '../../src/projects/project.js';
import { Readiness } from '../../src/platform/health/readiness.js';
import type { Lease } from '../../src/queue/lease.js';
import { CatchUp } from '../../src/worker/catch-up.js';
import type { Provider } from '../../src/worker/provider.js';
import { testRecord } from '../cancellation/fixtures/cancellation.js';
import { testProject } from '../projects/fixtures/project.js';
import { freshData, workerParts } from '../queue/fixtures/worker-parts.js';
import type { WorkerParts } from '../queue/fixtures/worker-parts.js';

const ID = 'id';

const PROJECT = testProject('default', { signingKeys: ['key'] });

/** Nothing here reads a call. */
const NOT_ASKED = {} as Provider;

/** What is read of a run's lease. */
const leaseOf = (data: CancellationData, record: Partial<CancellationRecord> = {}) =>
  ({ id: ID, data, record: testRecord(record) }) as Lease;

describe('the record at the start of a run', () => {
  let parts: WorkerParts;
  let inbox: EvidenceInbox;
  let lanes: Lanes;
  let catchUp: CatchUp;
  let now: number;

  beforeEach(async () => {
    parts = await workerParts();
    const { environment, connection, cancellations, clock } = parts;
    inbox = new EvidenceInbox(environment, connection, new Readiness());
    lanes = new Lanes(connection, cancellations, clock, environment);
    catchUp = new CatchUp(lanes, inbox, connection, clock, environment, NOT_ASKED);
    now = Date.now();
    vi.spyOn(clock, 'now').mockImplementation(() => now);
  });
  afterEach(async () => {
    inbox.onApplicationShutdown();
    await parts.close();
  });

  /** @param afterMs how long ago the attempt was sent */
  async function whileSending(afterMs: number, data = freshData()) {
    const open = { startedAt: now, strategy: 'update_call' } as const;
    const own = { id: ID, data };
    await lanes.take(own);
    await lanes.sharedAttempts.open({ id: 'sender', data }, [own], open);
    now += afterMs;
    return catchUp.of(leaseOf(data), PROJECT);
  }

  /** The SID in the record, where a status callback has told one for the name `stream`. */
  const sidOf = async (
    data: Partial<CancellationData>,
    record: Partial<CancellationRecord>,
    project: Project | undefined = PROJECT,
  ) => {
    const stream = freshData(data);
    const key = knownStreamsKey(parts.prefix, callKey(stream));
    await parts.redis.hset(key, 'stream', `${now} told`);
    return (await catchUp.of(leaseOf(stream, record), project)).record.streamSid;
  };

  it('has the evidence that came since the last run', async () => {
    await parts.redis.set(evidenceMailbox(parts.prefix, ID), now);
    const { record } = await catchUp.of(leaseOf(freshData()), PROJECT);
    expect(record.documentFetchedAt).toBe(now);
  });

  it('has the attempt that its last worker did not finish', async () => {
    const open = { startedAt: now, strategy: 'update_call' } as const;
    const { record, sharedOutcome } = await catchUp.of(leaseOf(freshData(), { open }), PROJECT);
    expect(record).toMatchObject({ open: null, attempts: [{ outcome: 'timeout' }] });
    expect(sharedOutcome).toBeNull();
  });

  describe('for which another cancellation is sending an attempt', () => {
    /** The default of `REQUEST_TIMEOUT_MS` for the POST and for a read of the call, and time for the report. */
    const REPORTED_WITHIN_MS = 2 * 5000 + 2000;

    it.each([0, REPORTED_WITHIN_MS - 1])('waits for its outcome after %i ms', async (afterMs) => {
      const caughtUp = await whileSending(afterMs);
      expect(caughtUp).toMatchObject({ isSharedUnderWay: true, record: { attempts: [] } });
    });

    it('has it as lost once its sender should have reported', async () => {
      const caughtUp = await whileSending(REPORTED_WITHIN_MS);
      expect(caughtUp).toMatchObject({
        isSharedUnderWay: false,
        sharedOutcome: 'timeout',
        record: { attempts: [{ outcome: 'timeout' }] },
      });
    });

    it('waits for its outcome past its own deadline, as the sender does', async () => {
      const caughtUp = await whileSending(2000, freshData({ deadline: now + 1000 }));
      expect(caughtUp).toMatchObject({ isSharedUnderWay: true, record: { attempts: [] } });
    });

    it('has it as lost past its own deadline if its sender was killed', async () => {
      const caughtUp = await whileSending(REPORTED_WITHIN_MS, freshData({ deadline: now + 1000 }));
      expect(caughtUp).toMatchObject({
        isSharedUnderWay: false,
        record: { attempts: [{ number: 1, outcome: 'timeout' }] },
      });
    });
  });

  describe('of a stream whose SID a status callback has told', () => {
    it.each<[string, Partial<CancellationData>, Partial<CancellationRecord>, string | null]>([
      ['has that SID', {}, {}, 'told'],
      ['keeps the SID that it has', {}, { streamSid: 'earlier' }, 'earlier'],
      ['has none if its request gave one', { streamSid: 'given' }, {}, null],
      ['has none if SignalWire does not know it', {}, { sidNotFound: true }, null],
      ['has none if only a document may stop it', { strategy: 'update_call' }, {}, null],
      ['has none if another stream has the name', { streamName: 'other' }, {}, null],
      ['has none if it has no name', { streamName: null }, {}, null],
    ])('%s', async (_, data, record, sid) => {
      expect(await sidOf(data, record)).toBe(sid);
    });

    it('has none if callbacks to its project cannot be verified', async () => {
      expect(await sidOf({}, {}, testProject('default', { signingKeys: [] }))).toBeNull();
    });
  });
});
