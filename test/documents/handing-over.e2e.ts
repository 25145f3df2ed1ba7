import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../../src/demo/free-port.js';
import { untilReady } from '../../src/demo/until-ready.js';
import { evidenceMailbox } from '../../src/evidence/evidence.js';
import { fallbackEndKey } from '../../src/evidence/fallback-ends.js';
import { deliveredKey } from '../../src/gate/gate-keys.js';
import { signLink } from '../../src/links/link-token.js';
import type { LinkClaims } from '../../src/links/link-token.js';
import { STOP_STREAM_PATH } from '../../src/links/stop-links.js';
import { parsed } from '../support/raw-request.js';
import { LINK_SECRET, testVariables } from '../support/service.js';

const DOCUMENT = '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="stream"/></Stop>';
const WHOLE = `${DOCUMENT}<Say>Bye</Say></Response>`;
/** A busy machine takes long for everything. */
const PATIENCE = { timeout: 15_000 };

/** A documents process of its own, so that it can be frozen. */
let documents: ChildProcess;
let variables: Awaited<ReturnType<typeof testVariables>>;
let redis: Redis;
let operations: string;
beforeAll(async () => {
  const METRICS_PORT = String(await freePort());
  operations = `http://127.0.0.1:${METRICS_PORT}`;
  const simulator = { url: 'http://127.0.0.1:9', projectId: randomUUID(), apiToken: 'unused' };
  variables = { ...(await testVariables(simulator)), METRICS_PORT };
  redis = new Redis(variables.REDIS_URL);
  documents = spawn(process.execPath, ['main.js'], {
    cwd: inject('built'),
    env: { ...variables, ROLES: 'documents' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await untilReady(`${operations}/health/ready`, AbortSignal.timeout(60_000));
});
afterAll(() => {
  documents.kill('SIGKILL');
  redis.disconnect();
});

const counted = async (result: string): Promise<number> => {
  const metrics = await (await fetch(`${operations}/metrics`)).text();
  const series = new RegExp(`^streamstop_documents_total\\{result="${result}"\\} (\\d+)$`, 'm');
  return Number(series.exec(metrics)?.[1] ?? 0);
};

/** What has been counted so far. */
let before: { readonly fetched: number; readonly abandoned: number };
beforeEach(async () => {
  await redis.del(deliveredKey(variables.QUEUE_PREFIX, 'default'));
  before = { fetched: await counted('fetched'), abandoned: await counted('abandoned') };
});

function newLink({ isFallback = false } = {}) {
  const cancellationId = randomUUID();
  const claims: LinkClaims = {
    project: 'default',
    callSid: 'call',
    stops: [{ cancellationId, streamName: 'stream' }],
    then: [{ say: 'Bye' }],
    isFallback,
    sentAt: Date.now(),
    awaitedUntil: Date.now() + 60_000,
    expiresAt: Date.now() + 60_000,
  };
  return { path: `${STOP_STREAM_PATH}/${signLink(claims, LINK_SECRET)}`, cancellationId };
}

type Link = ReturnType<typeof newLink>;

const recordedOf = async ({ cancellationId }: Link) => ({
  evidence: await redis.exists(evidenceMailbox(variables.QUEUE_PREFIX, cancellationId)),
  delivery: await redis.exists(deliveredKey(variables.QUEUE_PREFIX, 'default')),
  fallbackEnd: await redis.exists(fallbackEndKey(variables.QUEUE_PREFIX, cancellationId)),
});

const NOTHING = { evidence: 0, delivery: 0, fallbackEnd: 0 };

async function expectFetched(link: Link): Promise<void> {
  await vi.waitFor(async () => expect(await recordedOf(link)).toMatchObject({ evidence: 1 }), PATIENCE);
  expect(await counted('fetched')).toBe(before.fetched + 1);
  expect(await counted('abandoned')).toBe(before.abandoned);
}

const requestFor = ({ path }: Link, connection: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\nContent-Length: 9\r\n\r\nCallSid=x`;

async function connected() {
  const socket = connect({
    port: Number(variables.PUBLIC_PORT),
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Asks the frozen process, gives up, and has the process go on. */
async function giveUp(link: Link, connection: string): Promise<void> {
  documents.kill('SIGSTOP');
  const socket = await connected();
  socket.write(requestFor(link, connection), () => socket.destroy());
  await once(socket, 'close');
  documents.kill('SIGCONT');
  await vi.waitFor(
    async () =>
      expect((await counted('abandoned')) + (await counted('fetched'))).toBe(
        before.abandoned + before.fetched + 1,
      ),
    PATIENCE,
  );
  expect(await counted('abandoned')).toBe(before.abandoned + 1);
}

describe('a document whose client gave up while the process was frozen', () => {
  it('is no evidence if the client ended its side alone', async () => {
    const link = newLink();
    documents.kill('SIGSTOP');
    const socket = await connected();
    socket.end(requestFor(link, 'keep-alive'));
    await once(socket, 'finish');
    documents.kill('SIGCONT');
    expect(await text(socket)).toBe('');
    expect(await recordedOf(link)).toEqual(NOTHING);
  });

  it.each(['keep-alive', 'close'])('is no evidence, with Connection: %s', async (connection) => {
    const link = newLink();
    await giveUp(link, connection);
    expect(await recordedOf(link)).toEqual(NOTHING);
  });

  it('does not count as a served fallback, so that the next fetch gets all of it', async () => {
    const link = newLink({ isFallback: true });
    await giveUp(link, 'keep-alive');
    expect(await recordedOf(link)).toEqual(NOTHING);
    const get = async () => (await fetch(variables.PUBLIC_URL + link.path)).text();
    expect(await get()).toBe(WHOLE);
    await vi.waitFor(async () => expect(await recordedOf(link)).toMatchObject({ fallbackEnd: 1 }), PATIENCE);
    expect(await get()).toBe(`${DOCUMENT}</Response>`);
  });
});

describe('a document is evidence', () => {
  it.each(['keep-alive', 'close'])('for a client that reads it, with Connection: %s', async (connection) => {
    const link = newLink();
    const socket = await connected();
    socket.write(requestFor(link, connection));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(parsed(answer.toString()).body).toBe(WHOLE);
    await expectFetched(link);
  });

  it('for a client that takes its time to read', async () => {
    const link = newLink();
    const socket = await connected();
    socket.pause();
    socket.write(requestFor(link, 'close'));
    await expectFetched(link);
    expect(parsed(await text(socket)).body).toBe(WHOLE);
  });
});
