import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { binSidIn } from '../documents/document-url.js';
import type { Project } from '../projects/project.js';
import { SharedClock } from '../redis/shared-clock.js';
import { SignalWireClient } from '../signalwire/signalwire.client.js';
import { UpdateCallError } from '../signalwire/signalwire.errors.js';

const FIRST_LOOK_MS = 100;
const LONGEST_WAIT_MS = 2000;

/** Watches how often an XML Bin has been fetched, from before the POST that has SignalWire fetch it. */
export interface BinWatch {
  /**
   * When the bin was seen to have been fetched again, in epoch milliseconds; null where it was not within `timeoutMs`.
   * The count is the bin's: where it serves several calls at a time, one call's fetch may be taken for another's.
   */
  fetchedAgain(timeoutMs: number, signal: AbortSignal): Promise<number | null>;
}

/**
 * Evidence from SignalWire's own count of the fetches of an XML Bin, `num_requests`
 * (https://signalwire.com/docs/compatibility-api/rest/cxml-scripts/retrieve-cxml-script).
 */
@Injectable()
export class BinFetches {
  constructor(
    private readonly signalwire: SignalWireClient,
    private readonly clock: SharedClock,
  ) {}

  /** Null where the project's document is no bin of its own, or cannot be counted. */
  async watch(project: Project): Promise<BinWatch | null> {
    const sid = project.documentUrl === null ? null : binSidIn(project.documentUrl, project.spaceUrl);
    const before = sid === null ? null : await this.count(project, sid);
    if (sid === null || before === null) return null;
    return {
      fetchedAgain: async (timeoutMs, signal) => {
        const end = performance.now() + timeoutMs;
        for (let wait = FIRST_LOOK_MS; performance.now() < end; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
          await sleep(Math.min(wait, end - performance.now()), undefined, { signal });
          const count = await this.count(project, sid);
          if (count !== null && count > before) return this.clock.now();
        }
        return null;
      },
    };
  }

  private async count(project: Project, sid: string): Promise<number | null> {
    try {
      return await this.signalwire.binRequests(project, sid);
    } catch (error) {
      if (error instanceof UpdateCallError) return null;
      throw error;
    }
  }
}
