import { Injectable } from '@nestjs/common';
import { documentUrlFor } from '../documents/document-url.js';
import { StopLinks } from '../documents/stop-links.js';
import type { Project } from '../projects/project.js';
import { SharedClock } from '../redis/shared-clock.js';
import { SignalWireClient } from '../signalwire/signalwire.client.js';
import type { CallUpdate } from '../signalwire/signalwire.client.js';
import { UpdateCallError } from '../signalwire/signalwire.errors.js';
import type { Attempt, CancellationJob } from './cancellations.queue.js';
import { documentSourceOf } from './document-source.js';

/** An attempt and, unless SignalWire accepted it, why not. */
export interface SentAttempt {
  readonly attempt: Attempt;
  readonly refusal: UpdateCallError | null;
}

/** Sends the POSTs to Update a Call. */
@Injectable()
export class Attempts {
  constructor(
    private readonly links: StopLinks,
    private readonly signalwire: SignalWireClient,
    private readonly clock: SharedClock,
  ) {}

  /**
   * One POST, for one cancellation or for several of a call.
   *
   * @param jobs oldest first; what the newest one wants the call to do next is what it does
   * @throws whatever is not an answer of SignalWire's, nor the want of one
   */
  async send(project: Project, jobs: readonly CancellationJob[], number: number): Promise<SentAttempt> {
    const startedAt = this.clock.now();
    const start = performance.now();
    const ended = () => ({ number, startedAt, durationMs: Math.round(performance.now() - start) });
    try {
      const httpStatus = await this.signalwire.updateCall(
        project,
        callSidOf(jobs),
        this.update(project, jobs, startedAt),
      );
      const accepted = { outcome: 'accepted', httpStatus, providerCode: null, message: null } as const;
      return { attempt: { ...ended(), ...accepted }, refusal: null };
    } catch (error) {
      if (!(error instanceof UpdateCallError)) throw error;
      const { code: outcome, httpStatus, providerCode, message } = error;
      return { attempt: { ...ended(), outcome, httpStatus, providerCode, message }, refusal: error };
    }
  }

  /** Where the document is somebody else's, ours is the one to fall back to. */
  private update(project: Project, jobs: readonly CancellationJob[], sentAt: number): CallUpdate {
    const stops = jobs.map(({ id, data }) => ({ cancellationId: String(id), streamName: data.streamName }));
    const newest = jobs.reduce((one, other) => (other.data.createdAt >= one.data.createdAt ? other : one));
    const source = documentSourceOf(project, newest.data);
    const then = source.kind === 'template' ? { template: source.template } : newest.data.then;
    const links = this.links.linksTo(
      { project: project.name, callSid: newest.data.callSid, stops, then, sentAt },
      Math.max(...jobs.map(({ data }) => data.deadline)),
    );
    if (source.kind !== 'foreign') return links;
    return { url: documentUrlFor(source.documentUrl, newest.data), fallbackUrl: links.url };
  }
}

const callSidOf = ([job]: readonly CancellationJob[]): string => job?.data.callSid ?? '';
