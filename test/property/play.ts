import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cancellation } from '../../src/api/cancellation.js';
import type { CallView } from '../../src/simulator/calls/call-view.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { Redis } from 'ioredis';
import { freePort } from '../../src/demo/free-port.js';
import { startTestService } from '../support/service.js';
import { OTHER, STREAM } from './episode.js';
import type { Change, Episode } from './episode.js';
import { startFront } from './front.js';
import type { Handling } from './front.js';
import { deliveredKey } from '../../src/gate/gate-keys.js';

const HOUR_MS = 3_600_000;

const SIGNING_KEY = 'PSKtest';
const AFTER_STOP = { ends: [{ say: 'Stopping stream' }], stays: [{ pause: 600 }] };
const STATUS_PATH = '/laml/stream-status';

/** An episode that is over, and the books of both sides. */
export interface Played {
  readonly episode: Episode;
  readonly cancellations: readonly Cancellation[];
  readonly call: CallView;
}

const RUN_WITHIN_MS = 3000;

const isStopped = ({ streams }: CallView, { streamName, streamSid }: Cancellation): boolean =>
  streams.some(
    ({ name, sid, stoppedAt }) => (sid === streamSid || name === streamName) && stoppedAt !== null,
  );

/** The service, the simulator, and a proxy before each of them, for many episodes at once. */
export async function startTheatre(overrides: Record<string, string>) {
  const simulator = await startSimulator({ log: false, signingKey: SIGNING_KEY });
  const handlings = new Map<string, Handling[]>();
  const unreachable = new Set<string>();
  const publicPort = String(await freePort());
  const space = await startFront(
    () => simulator.url,
    ({ method, url = '' }: IncomingMessage) => {
      const sid = /\/Calls\/([^/?]+)/.exec(url)?.[1] ?? '';
      return (method === 'POST' ? handlings.get(sid)?.shift() : undefined) ?? 'as it is';
    },
  );
  const documents = await startFront(
    () => `http://127.0.0.1:${publicPort}`,
    (_, body) => (unreachable.has(new URLSearchParams(body).get('CallSid') ?? '') ? 'refused' : 'as it is'),
  );
  const direct = `http://127.0.0.1:${publicPort}`;
  const service = await startTestService(
    {
      PUBLIC_PORT: publicPort,
      PUBLIC_URL: documents.url,
      FALLBACK_URL: direct,
      SIGNALWIRE_SPACE_URL: space.url,
      SIGNALWIRE_SIGNING_KEY: SIGNING_KEY,
      ...overrides,
    },
    simulator,
  );
  // Calls without a fetch must not keep the other episodes waiting.
  const redis = new Redis(service.variables.REDIS_URL);
  await redis.set(deliveredKey(service.variables.QUEUE_PREFIX, 'default'), Date.now() + HOUR_MS);
  redis.disconnect();
  let episodes = 0;
  const playing = new Set<Promise<Played>>();

  async function played(episode: Episode): Promise<Played> {
    const callSid = `episode-${(episodes += 1)}-${publicPort}`;
    handlings.set(
      callSid,
      episode.answers.map(({ handling }) => handling),
    );
    if (!episode.isUrlReachable) unreachable.add(callSid);
    const sidOf = (name: string): string => `${name}-of-${callSid}`;
    const create = (): unknown =>
      simulator.createCall({
        sid: callSid,
        status: episode.status,
        streams: [STREAM, OTHER].map((name) => ({
          name,
          sid: sidOf(name),
          ...(episode.reports && { statusCallback: direct + STATUS_PATH }),
        })),
        // A way of stopping takes only its own faults.
        faults: [
          ...episode.answers.flatMap(({ fault }) => [fault, { ...fault, on: 'stream' as const }]),
          ...episode.reads,
        ],
      });
    const createLater = async (): Promise<void> => {
      await delay(episode.createdAfterMs);
      create();
    };
    if (episode.createdAfterMs === 0) create();
    const created = episode.createdAfterMs > 0 ? createLater() : null;
    const accepted = await Promise.all(
      episode.asked.map(({ stream, bySid }) =>
        service.api.create({
          callSid,
          deadlineMs: episode.deadlineMs,
          ...(bySid ? { streamSid: sidOf(stream) } : { streamName: stream, then: AFTER_STOP[episode.then] }),
        }),
      ),
    );
    await created;
    const changes = episode.changes.map((change) => happen(callSid, change, sidOf));
    const cancellations = await Promise.all(accepted.map(({ id }) => service.finished(id)));
    await Promise.all(changes);
    // The simulator runs a document a moment after it has all of it. What never happens is found afterwards.
    const isRun = (call: CallView): boolean =>
      call.endedAt !== null ||
      cancellations.every((one) => one.status !== 'succeeded' || isStopped(call, one));
    await simulator.until(callSid, isRun, RUN_WITHIN_MS).catch(() => undefined);
    return { episode, cancellations, call: simulator.call(callSid) };
  }

  async function happen(callSid: string, change: Change, sidOf: (name: string) => string): Promise<void> {
    const { since, afterMs, what } = change;
    if (since === 'update')
      await simulator.until(callSid, ({ updates }) => updates.length > 0, 3000).catch(() => undefined);
    await delay(afterMs);
    if (what === 'unsigned callback') return report(callSid, STREAM, sidOf(STREAM));
    if (what === 'callback of the other stream') return report(callSid, OTHER, sidOf(OTHER));
    if (simulator.call(callSid).endedAt === null) simulator.endCall(callSid, what);
  }

  /** Anybody may send this. */
  async function report(CallSid: string, StreamName: string, StreamSid: string): Promise<void> {
    const event = { AccountSid: simulator.projectId, StreamEvent: 'stream-stopped' };
    const body = new URLSearchParams({ ...event, CallSid, StreamName, StreamSid });
    await (await fetch(direct + STATUS_PATH, { method: 'POST', body })).arrayBuffer();
  }

  return {
    play: (episode: Episode): Promise<Played> => {
      const playedNow = played(episode);
      playing.add(playedNow);
      return playedNow;
    },
    close: async () => {
      // Those that a time limit has left behind.
      await Promise.allSettled(playing);
      await service.close();
      await Promise.all([space.close(), documents.close()]);
      await simulator.close();
    },
  };
}
