import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { proofIn } from '../evidence/evidence.js';
import type { Proof, Subject } from '../evidence/evidence.js';
import { knownSid } from '../evidence/known-streams.js';
import type { AdmitReply } from '../gate/project-gates.js';
import { defineScript } from '../platform/redis/script.js';
import type { Script } from '../platform/redis/script.js';
import { WorkerConnection } from '../queue/worker.connection.js';
import type { Admitted, AdmissionWish } from '../gate/admission.js';
import { DROP, ENTER, LEAVE } from './call-lanes.lua.js';
import { LockLostError } from '../api/errors.js';
import { CANCELLATIONS_QUEUE, startNow } from '../queue/cancellations.queue.js';
import { callKey } from '../cancellation/keys.js';
import { storedRecord } from '../cancellation/record.js';
import type { Attempt, CancellationRecord } from '../cancellation/record.js';
import type { CancellationJob, CancellationQueue } from '../queue/cancellations.queue.js';
import { laneKey, LANE_MARGIN_MS } from './lane-keys.js';
import type { Way } from '../cancellation/strategy.js';

/** What an attempt that was sent for several cancellations of a call came to, told to those that did not send it. */
export interface Note {
  readonly attempt: Attempt;
  readonly callEnded: boolean;
}

/** The leave to send at once that is asked for along with the place. */
export interface GoAhead {
  readonly wish: AdmissionWish;
  /** With the attempt under way. */
  readonly record: CancellationRecord;
}

/** Whose place is asked for. */
export interface Entrant {
  readonly job: CancellationJob;
  readonly token: string;
  readonly subject: Subject;
  readonly way: Way;
  /** Null where it cannot be sent at once, whatever is found. */
  readonly goAhead: GoAhead | null;
}

/** A cancellation's place among those of its call. */
export interface Place {
  /** Whether it may be sent now: at most one updates the call at a time. */
  readonly isFirst: boolean;
  /** How many of its call are older, where it is not first. */
  readonly ahead: number;
  /** Where it is stopped by its SID, which leaves the call's document alone: it is outside of the lane then. */
  readonly streamSid: string | null;
  /** Attempts that others have sent for it since it last looked. */
  readonly notes: readonly Note[];
  /** The call's other unfinished cancellations, oldest first; known to the first alone. */
  readonly others: readonly string[];
  /** What SignalWire has told so far. */
  readonly proof: Proof;
  /** What came of the wish to go ahead; null where something stood against asking. */
  readonly admitted: Admitted | null;
  /** Whether the record with the attempt under way is the job's now. */
  readonly isSending: boolean;
}

type EnterReply = [place: 0 | 1 | 2, isSending: 0 | 1, ...Found] | [place: -1];
type Found =
  | [
      admitted: AdmitReply | [],
      others: string[],
      notes: string[],
      known: string,
      proofs: string[],
      ahead: number,
    ]
  | [];

/** What `admit` answers where nothing stands in the way. */
const ADMITTED: AdmitReply = ['open', 0, 0, 0];

/** How many characters of a worker's token, its last ones, tell it from all others. */
const TOKEN_END = 16;

/**
 * One lane a call: Update a Call replaces the document that the call runs, so that a second update before the first
 * document was fetched would undo it.
 */
@Injectable()
export class CallLanes {
  private readonly prefix: string;
  private readonly enterScript: Script<EnterReply>;
  private readonly leaveScript: Script<string[]>;
  private readonly dropScript: Script<null>;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    { redis }: WorkerConnection,
    { QUEUE_PREFIX }: ServiceEnvironment,
  ) {
    this.prefix = QUEUE_PREFIX;
    this.enterScript = defineScript(redis, 'streamstopEnterLane', ENTER);
    this.leaveScript = defineScript(redis, 'streamstopLeaveLane', LEAVE);
    this.dropScript = defineScript(redis, 'streamstopDropFromLane', DROP);
  }

  /**
   * Finds the cancellation's place, and has it go ahead where that is wished for and nothing stands against it.
   *
   * @throws {LockLostError}
   */
  async enter({ job, token, subject, way, goAhead }: Entrant, now: number): Promise<Place> {
    const reply = await this.enterScript(
      [this.keyOf(job)],
      JSON.stringify([
        job.id,
        token.slice(-TOKEN_END),
        job.data.createdAt,
        Math.max(0, job.data.deadline - now) + LANE_MARGIN_MS,
        way.by === 'stream_resource' ? 1 : 0,
        way.by === 'if_known' ? (job.data.streamName ?? '') : '',
        subject.streamKeys,
        ...(goAhead === null ? [] : [JSON.stringify(storedRecord(goAhead.record)), goAhead.wish.words]),
      ]),
    );
    if (reply[0] === -1) throw new LockLostError(String(job.id));
    const [place, isSending, ...found] = reply;
    const [admitted = ADMITTED, others = [], notes = [], known = '', proofs = [], ahead = 0] = found;
    return {
      isFirst: place !== 0,
      ahead,
      streamSid: way.by === 'stream_resource' ? way.streamSid : known === '' ? null : knownSid(known),
      notes: notes.map((note) => JSON.parse(note) as Note),
      others,
      proof: proofIn(subject, proofs),
      admitted: goAhead === null || admitted.length === 0 ? null : goAhead.wish.settled(admitted),
      isSending: isSending === 1,
    };
  }

  /** Has those of `ids` that wait start now. */
  async wake(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => startNow(this.queue, id)));
  }

  /** Takes cancellations that are over off their call, whose own workers have not. */
  async drop(job: CancellationJob, ids: readonly string[]): Promise<void> {
    await this.dropScript([this.keyOf(job)], ...ids);
  }

  /**
   * @param end whether the cancellation is finished, and else whether it goes behind those that were never sent; for how
   * many milliseconds the lane is kept unless its document is fetched before
   * @returns the call's other unfinished cancellations
   */
  leave(
    job: CancellationJob,
    token: string,
    notesRead: number,
    end: { isFinished: boolean; isRetry: boolean; keptMs: number },
  ): Promise<string[]> {
    return this.leaveScript(
      [this.keyOf(job)],
      JSON.stringify([
        job.id,
        token.slice(-TOKEN_END),
        notesRead,
        end.isFinished ? 1 : 0,
        end.isRetry ? 1 : 0,
        end.keptMs,
      ]),
    );
  }

  private keyOf({ data }: CancellationJob): string {
    return laneKey(this.prefix, callKey(data));
  }
}
