import { Inject, Injectable, Logger } from '@nestjs/common';
import type { RedisClient } from '../../platform/redis/connection/client.js';
import type { NewCancellation, StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { inSlices } from '../../platform/in-slices.js';
import { RareLine } from '../../platform/logging/rare-line.js';
import { defineScript } from '../../platform/redis/script.js';
import type { Script } from '../../platform/redis/script.js';
import { changesKey, MOST_CHANGES } from '../changes/changes.js';
import { QUEUE_REDIS } from '../tokens.js';
import { bucketOf, CHUNK, idCell, listKey, nextKey, timeCell } from './layout.js';
import { ENTER, WRITE } from './listing.lua.js';
import {
  CALLBACK_DUE,
  LISTED,
  MOST_FIRST_TERMS,
  nameTerms,
  projectTerm,
  requesterTerm,
  RETRIED,
  termsOf,
} from './terms.js';

const HOUR_MS = 3_600_000;

/** A term, and whether the cancellation has it. */
type Bit = readonly [term: string, isSet: boolean];

/** The arguments of `WRITE_TERMS`. */
export interface Writing {
  readonly keys: readonly string[];
  /** Empty if the cancellation is not in the list. */
  readonly args: readonly (string | number)[];
}

/** How many one run of the script gives a place. */
const ENTERED_AT_ONCE = 100;

/**
 * A finished cancellation is kept for `RETENTION_HOURS`, and may have waited for its longest deadline, a day, before.
 */
export const listedForMs = (retentionHours: number): number => (retentionHours + 24 + 1) * HOUR_MS;

/**
 * Keeps the list of cancellations up to date. The list's keeper repairs what a crash, or a Redis that refuses, has left
 * out.
 */
@Injectable()
export class Listing {
  private readonly enterScript: Script<number>;
  private readonly writeScript: Script<null>;
  private readonly failures = new RareLine(
    new Logger(Listing.name),
    'warn',
    'the list of cancellations is behind and will be repaired',
  );

  constructor(
    @Inject(QUEUE_REDIS) private readonly redis: RedisClient,
    private readonly environment: ServiceEnvironment,
  ) {
    this.enterScript = defineScript(redis, 'streamstopEnterList', ENTER);
    this.writeScript = defineScript(redis, 'streamstopWriteList', WRITE);
  }

  /**
   * Gives each a place, before its job is added: an entry without a job is passed over, a job without an entry would be
   * lost.
   *
   * @returns the same, with their places
   */
  async enter(cancellations: readonly NewCancellation[]): Promise<NewCancellation[]> {
    const placed: NewCancellation[] = [];
    // A script holds up everybody else's commands.
    for (let start = 0; start < cancellations.length; start += ENTERED_AT_ONCE)
      placed.push(...(await this.enterSlice(cancellations.slice(start, start + ENTERED_AT_ONCE))));
    return placed;
  }

  private async enterSlice(cancellations: readonly NewCancellation[]): Promise<NewCancellation[]> {
    const { QUEUE_PREFIX, RETENTION_HOURS } = this.environment;
    const first = await this.enterScript(
      [listKey(QUEUE_PREFIX), nextKey(QUEUE_PREFIX)],
      listedForMs(RETENTION_HOURS),
      ...cancellations.flatMap(entryOf),
    );
    return cancellations.map((one, at) => ({ ...one, data: { ...one.data, place: first + at } }));
  }

  /** Tells those who listen that cancellations are new, or have changed. */
  announce(ids: readonly string[]): void {
    const key = changesKey(this.environment.QUEUE_PREFIX);
    void inSlices(ids, (id) =>
      this.redis.xadd(key, 'MAXLEN', '~', MOST_CHANGES, '*', 'id', id).catch(this.onFailure),
    );
  }

  /**
   * Writes what a step has changed, which goes on if Redis refuses: the list is repaired later.
   *
   * @param announced the id to tell those who listen; '' for none
   */
  note(stored: StoredCancellation, announced: string): void {
    this.write(stored, announced).catch(this.onFailure);
  }

  /** @param announced the id to tell those who listen; '' for none */
  async write(stored: StoredCancellation, announced = ''): Promise<void> {
    const { place } = stored.data;
    if (place !== undefined) await this.writeTerms(place, [...termsOf(stored)], announced);
  }

  /** What `WRITE_TERMS` needs to write and announce it, for scripts that change the job and the list at once. */
  writing(stored: StoredCancellation): Writing {
    const { place } = stored.data;
    return {
      keys: this.keys(),
      args: place === undefined ? [] : argumentsOf(place, [...termsOf(stored)], stored.id),
    };
  }

  /** It was retried, which its job does not tell. If Redis refuses, it is marked when it is retried again. */
  async markRetried({ data: { place } }: Pick<StoredCancellation, 'data'>): Promise<void> {
    if (place !== undefined) await this.writeTerms(place, [[RETRIED, true]]).catch(this.onFailure);
  }

  /** Its callback is queued, which its job does not tell. */
  async markCallbackQueued({ data: { place } }: Pick<StoredCancellation, 'data'>): Promise<void> {
    if (place !== undefined) await this.writeTerms(place, [[CALLBACK_DUE, false]]);
  }

  /** Takes those that are gone, or came to no job, out of the list. */
  async remove(cancellations: readonly Pick<StoredCancellation, 'data'>[]): Promise<void> {
    await this.clear(cancellations.flatMap(({ data: { place } }) => place ?? []));
  }

  /** Takes entries out of the list. If Redis refuses, they are passed over. */
  async clear(places: readonly number[]): Promise<void> {
    await Promise.all(places.map((place) => this.writeTerms(place, [[LISTED, false]]).catch(this.onFailure)));
  }

  private readonly onFailure = (error: unknown): void => this.failures.write({ error: String(error) });

  private async writeTerms(place: number, terms: readonly Bit[], announced = ''): Promise<void> {
    await this.writeScript(this.keys(), ...argumentsOf(place, terms, announced));
  }

  private keys(): string[] {
    const { QUEUE_PREFIX } = this.environment;
    return [listKey(QUEUE_PREFIX), changesKey(QUEUE_PREFIX)];
  }
}

const argumentsOf = (place: number, terms: readonly Bit[], announced: string): (string | number)[] => [
  announced,
  Math.floor(place / CHUNK),
  place % CHUNK,
  ...terms.flatMap(([term, isSet]) => [term, Number(isSet)]),
];

const entryOf = ({ id, data }: NewCancellation): (string | number | Buffer)[] => [
  idCell(id),
  timeCell(data.createdAt),
  data.createdAt,
  bucketOf(data.callSid),
  projectTerm(data.project),
  data.requestedBy === undefined ? '' : requesterTerm(data.requestedBy),
  ...firstTermsOf(data),
];

function firstTermsOf({ callbackUrl, streamName }: NewCancellation['data']): string[] {
  const terms = [...(callbackUrl === undefined ? [] : [CALLBACK_DUE]), ...nameTerms(streamName)];
  return Array.from({ length: MOST_FIRST_TERMS }, (_, at) => terms[at] ?? '');
}
