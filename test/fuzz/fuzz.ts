import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { inParallel } from '../drills/parts/in-parallel.js';
import { exchange } from './exchange.js';
import type { Exchanged } from './exchange.js';
import { requestLineOf } from './request-line.js';
import type { Verdict } from './verdict.js';

/** Connections whose messages are in memory at the same time. */
const CHUNK = 250;
/** Most of them wait for the rest of a request that never comes. */
const CONNECTIONS = 48;
const TRIES = 5;
const ASKS_AGAIN_AFTER_MS = 1000;
const MAX_FINDINGS = 20;
const MAX_SHOWN = 600;

export interface Target {
  readonly port: 'api' | 'public';
  readonly url: string;
  /** What each connection carries. */
  readonly connections: fc.Arbitrary<readonly Buffer[]>;
  readonly verdict: Verdict;
}

export interface Fuzzed {
  /** How often each status was answered. */
  readonly statuses: ReadonlyMap<number, number>;
  /** What is wrong, with the request that shows it. The first few. */
  readonly findings: readonly string[];
}

/** Opens `count` connections with random messages. The same seed makes the same ones. */
export async function fuzz(target: Target, count: number, seed: number): Promise<Fuzzed> {
  const statuses = new Map<number, number>();
  const findings: string[] = [];
  const send = async (messages: readonly Buffer[]): Promise<void> => {
    const { answers, isSilent } = await insist(target.url, messages);
    const found = isSilent ? ['never closes the connection'] : [];
    for (const [index, answer] of answers.entries()) {
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const fault = target.verdict(answer, requestLineOf(messages[index] ?? Buffer.alloc(0)));
      if (fault !== null) found.push(`${fault}: ${answer.body?.slice(0, 200)}`);
    }
    findings.push(...found.map((fault) => `${target.port}: ${fault}: ${shown(Buffer.concat(messages))}`));
  };
  for (let sent = 0; sent < count && findings.length < MAX_FINDINGS; sent += CHUNK) {
    const numRuns = Math.min(CHUNK, count - sent);
    await inParallel(fc.sample(target.connections, { seed: seed + sent, numRuns }), CONNECTIONS, send);
  }
  return { statuses, findings };
}

/** On a busy machine Redis can be late. A 503 then asks to come again; one that stays is the request's doing. */
async function insist(url: string, messages: readonly Buffer[]): Promise<Exchanged> {
  for (let tries = 1; ; tries += 1) {
    const exchanged = await exchange(url, messages);
    if (tries === TRIES || exchanged.answers.every(({ status }) => status !== 503)) return exchanged;
    await delay(ASKS_AGAIN_AFTER_MS);
  }
}

const shown = (bytes: Buffer): string => JSON.stringify(bytes.toString('latin1').slice(0, MAX_SHOWN));
