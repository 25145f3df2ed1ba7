import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { binSidIn } from '../cxml/document-url.js';
import type { Project } from '../projects/project.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { SignalWireClient } from '../signalwire/signalwire.client.js';
import { UpdateCallError } from '../signalwire/signalwire.errors.js';

const FIRST_LOOK_MS = 100;
const LONGEST_WAIT_MS = 2000;

/** An XML Bin's fetches so far, and the wait for one more. */
export interface BinCount {
  readonly fetches: number;
  /**
   * When the bin was seen to have been fetched more often than `baseline`, in epoch milliseconds.
   *
   * @throws the reason of `signal`, which alone ends the wait
   */
  fetchedAgain(baseline: number, signal: AbortSignal): Promise<number>;
}

/**
 * Evidence from SignalWire's own count of the fetches of an XML Bin, `num_requests`
 * (https://signalwire.com/docs/compatibility-api/rest/cxml-scripts/retrieve-cxml-script). The count is the bin's: where
 * it serves several calls at a time, one call's fetch is taken for another's.
 */
@Injectable()
export class BinFetches {
  constructor(
    private readonly signalwire: SignalWireClient,
    private readonly clock: SharedClock,
  ) {}

  /**
   * Null where the document is no bin of the project's own.
   *
   * @throws {UpdateCallError} it may be, but cannot be counted now
   */
  async count(project: Project, documentUrl: string): Promise<BinCount | null> {
    const sid = binSidIn(documentUrl, project.spaceUrl);
    const fetches = sid === null ? null : await this.signalwire.binRequests(project, sid);
    if (sid === null || fetches === null) return null;
    return { fetches, fetchedAgain: (baseline, signal) => this.fetchedAgain(project, sid, baseline, signal) };
  }

  private async fetchedAgain(
    project: Project,
    sid: string,
    baseline: number,
    signal: AbortSignal,
  ): Promise<number> {
    for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      await sleep(wait, undefined, { signal });
      const fetches = await this.signalwire.binRequests(project, sid).catch(unknownIfRefused);
      if (fetches !== null && fetches > baseline) return this.clock.now();
    }
  }
}

function unknownIfRefused(error: unknown): null {
  if (error instanceof UpdateCallError) return null;
  throw error;
}
