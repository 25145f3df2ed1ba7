import { Injectable } from '@nestjs/common';
import { callKey } from '../cancellation/keys.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { defineScript } from '../platform/redis/script.js';
import type { Script } from '../platform/redis/script.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { Cancellations } from '../queue/cancellations.js';
import { WorkerConnection } from '../queue/connections/worker.connection.js';
import { holderKey, sharedAttemptsKey, WANTED_FOR_MS, wantedKey } from './lane-keys.js';
import { LEAVE, TAKE } from './lane.lua.js';
import { SharedAttempts, sharedAttemptsIn } from './shared-attempts.js';
import type { SharedAttempt } from './shared-attempts.js';
import { canShare, MAX_SHARED, selectForSharedUpdate } from './shared-update.js';

type Wanting = Pick<StoredCancellation, 'id' | 'data'>;

/** A run that still has its job: `fence` is the job's lock and what it must hold. */
type Leaver = Wanting & { readonly fence: { readonly key: string; readonly token: string } };

/** The call belongs to this run until it leaves; or another one has it, and this one looks again after `retryInMs`. */
export type Turn =
  | { readonly isMine: true; readonly members: readonly string[] }
  | { readonly isMine: false; readonly retryInMs: number };

/** How a run leaves its call. */
export interface Leaving {
  /** The cancellation has come to its end. */
  readonly isFinished: boolean;
  /** The cancellations whose streams this run's update was to stop as well; null if the run sent no update. */
  readonly companions: readonly string[] | null;
  /** The update was for all of them confirmed, or accepted where no more is required. */
  readonly isDone: boolean;
  /** For how long the document of the update may still be fetched, in milliseconds. */
  readonly keepMs: number;
}

type TakeReply = [1, string[]] | [0, number, number];

/** Some of the oldest members may have ended, so more are looked at than one document stops. */
const MEMBERS_READ = MAX_SHARED + 10;

/**
 * A wake-up can be lost with its worker, so those that wait look by themselves too: the oldest every 2 s, the others
 * rarely.
 */
const LOOK_EVERY_MS = 2000;
const LOOK_LATER_PER_OLDER_MS = 20;

/** Whether it can go on as soon as the call is free; any other waits for something else as well. */
const waitsForCall = ({ record }: StoredCancellation): boolean =>
  record.waitingFor === 'call' || record.waitingFor === null;

/** Time for a read of the call before and after the POST, and for Redis. */
const READS = 2;
const HOLD_MARGIN_MS = 5000;

/**
 * One lane per call. Update a Call replaces the document that the call runs, so a second update before the first
 * document was fetched would undo it.
 */
@Injectable()
export class Lanes {
  readonly sharedAttempts: SharedAttempts;
  private readonly prefix: string;
  private readonly holdMs: number;
  private readonly takeScript: Script<TakeReply>;
  private readonly leaveScript: Script<[sent: string[], members: string[]]>;

  constructor(
    private readonly connection: WorkerConnection,
    private readonly cancellations: Cancellations,
    private readonly clock: SharedClock,
    { QUEUE_PREFIX, REQUEST_TIMEOUT_MS, CONFIRMATION_TIMEOUT_MS }: ServiceEnvironment,
  ) {
    const { redis } = connection;
    this.prefix = QUEUE_PREFIX;
    this.holdMs = (1 + READS) * REQUEST_TIMEOUT_MS + CONFIRMATION_TIMEOUT_MS + HOLD_MARGIN_MS;
    this.sharedAttempts = new SharedAttempts(redis, QUEUE_PREFIX);
    this.takeScript = defineScript(redis, 'streamstopTakeCall', TAKE);
    this.leaveScript = defineScript(redis, 'streamstopLeaveCall', LEAVE);
  }

  async take({ id, data }: Wanting): Promise<Turn> {
    const keys = this.keysOf({ id, data });
    const reply = await this.takeScript(keys, id, data.createdAt, WANTED_FOR_MS, this.holdMs, MEMBERS_READ);
    if (reply[0] === 1) return { isMine: true, members: reply[1] };
    const [, heldForMs, older] = reply;
    return { isMine: false, retryInMs: Math.min(heldForMs, LOOK_EVERY_MS + older * LOOK_LATER_PER_OLDER_MS) };
  }

  /** The call's other cancellations whose streams one document of ours can stop together with this one's. */
  async companionsOf(own: Wanting, members: readonly string[]): Promise<StoredCancellation[]> {
    const others = members.filter((id) => id !== own.id);
    const sharing = (await this.unfinishedOf(own, others)).filter((member) =>
      canShare(member, this.clock.now()),
    );
    return selectForSharedUpdate(own, sharing);
  }

  /**
   * Gives the call back and starts whoever can go on now.
   *
   * @returns if it is finished, all that others have sent for it: it may end only if it knows all of that
   */
  async leave(own: Leaver, { isFinished, companions, isDone, keepMs }: Leaving): Promise<SharedAttempt[]> {
    const shared = companions ?? [];
    const done = isDone ? [own.id, ...shared] : isFinished ? [own.id] : [];
    const { key, token } = own.fence;
    const keys = [...this.keysOf(own), key, sharedAttemptsKey(this.prefix, own.id)];
    const [sent, left] = await this.leaveScript(keys, own.id, token, keepMs, MEMBERS_READ, ...done);
    if (companions !== null || isFinished) await this.startAfter(own, shared, left);
    return sharedAttemptsIn(sent);
  }

  private async startAfter(own: Wanting, companions: readonly string[], left: readonly string[]) {
    const others = left.filter((id) => id !== own.id && !companions.includes(id));
    const waiting = (await this.unfinishedOf(own, others)).filter(waitsForCall).map(({ id }) => id);
    await Promise.all([this.cancellations.startNow(companions), this.cancellations.startOne(waiting)]);
  }

  /** Drops from the call what is finished or gone. */
  private async unfinishedOf(own: Wanting, ids: readonly string[]): Promise<StoredCancellation[]> {
    if (ids.length === 0) return [];
    const found = await this.cancellations.findMany(ids);
    const gone = ids.filter((_, place) => found[place]?.finishedAt !== null);
    if (gone.length > 0) await this.connection.redis.zrem(this.keysOf(own)[0], ...gone);
    return found.filter((member) => member?.finishedAt === null) as StoredCancellation[];
  }

  /** Starts a run that was put to sleep because the call was taken, if it has been given back in the meantime. */
  async startIfFree(own: Wanting): Promise<void> {
    const [, holder] = this.keysOf(own);
    if ((await this.connection.redis.exists(holder)) === 0) await this.cancellations.startNow([own.id]);
  }

  private keysOf({ data }: Wanting): [wanted: string, holder: string] {
    const call = callKey(data);
    return [wantedKey(this.prefix, call), holderKey(this.prefix, call)];
  }
}
