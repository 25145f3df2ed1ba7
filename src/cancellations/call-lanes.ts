import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { defineScript } from '../redis/script.js';
import type { Script } from '../redis/script.js';
import { WorkerConnection } from '../redis/worker.connection.js';
import { ENTER, LEAVE } from './call-lanes.lua.js';
import { evidenceMailbox } from '../evidence/evidence.js';
import { knownSid, knownStreamsKey } from '../evidence/known-streams.js';
import { callKey, CANCELLATIONS_QUEUE, startNow } from './cancellations.queue.js';
import type { Attempt } from './cancellation-record.js';
import type { CancellationJob, CancellationQueue } from './cancellations.queue.js';
import { laneKey, LANE_MARGIN_MS, membersKey, notesKey } from './lane-keys.js';
import type { Way } from './strategy.js';

/** What an attempt that was sent for several cancellations of a call came to, told to those that did not send it. */
export interface Note {
  readonly attempt: Attempt;
  readonly callEnded: boolean;
}

/** A cancellation's place among those of its call. */
export interface Place {
  /** Whether it may be sent now: at most one updates the call at a time. */
  readonly isFirst: boolean;
  /** Where it is stopped by its SID, which leaves the call's document alone: it is outside of the lane then. */
  readonly streamSid: string | null;
  /** Attempts that others have sent for it since it last looked. */
  readonly notes: readonly Note[];
  /** The call's other unfinished cancellations, oldest first; known to the first alone. */
  readonly others: readonly string[];
}

/**
 * One lane a call: Update a Call replaces the document that the call runs, so that a second update before the first
 * document was fetched would undo it.
 */
@Injectable()
export class CallLanes {
  private readonly prefix: string;
  private readonly jobPrefix: string;
  private readonly enterScript: Script<[0 | 1 | 2, string[], string[], string]>;
  private readonly leaveScript: Script<string[]>;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    { redis }: WorkerConnection,
    { QUEUE_PREFIX }: ServiceEnvironment,
  ) {
    this.prefix = QUEUE_PREFIX;
    this.jobPrefix = queue.toKey('');
    this.enterScript = defineScript(redis, 'streamstopEnterLane', ENTER);
    this.leaveScript = defineScript(redis, 'streamstopLeaveLane', LEAVE);
  }

  async enter(job: CancellationJob, token: string, now: number, way: Way): Promise<Place> {
    const id = String(job.id);
    const [place, notes, members, known] = await this.enterScript(
      [...this.keysOf(job), knownStreamsKey(this.prefix, callKey(job.data))],
      id,
      token,
      job.data.createdAt,
      Math.max(0, job.data.deadline - now) + LANE_MARGIN_MS,
      this.jobPrefix,
      way.by === 'stream_resource' ? 1 : 0,
      way.by === 'if_known' ? (job.data.streamName ?? '') : '',
      evidenceMailbox(this.prefix, ''),
    );
    return {
      isFirst: place !== 0,
      streamSid: way.by === 'stream_resource' ? way.streamSid : known === '' ? null : knownSid(known),
      notes: notes.map((note) => JSON.parse(note) as Note),
      others: members.filter((member) => member !== id),
    };
  }

  /** Has those of `ids` that wait start now. */
  async wake(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => startNow(this.queue, id)));
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
    const id = String(job.id);
    return this.leaveScript(
      [...this.keysOf(job), this.jobPrefix + id],
      id,
      token,
      notesRead,
      end.isFinished ? 1 : 0,
      end.isRetry ? 1 : 0,
      end.keptMs,
    );
  }

  private keysOf(job: CancellationJob): string[] {
    return [laneKey(this.prefix, job), membersKey(this.prefix, job), notesKey(this.prefix, String(job.id))];
  }
}
