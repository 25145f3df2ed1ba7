import type { Proof, Subject } from '../evidence/evidence.js';
import type { EvidenceWatch } from '../evidence/evidence.inbox.js';
import { stoppedKeys } from '../cancellation/keys.js';
import type { HeldJob } from './held-job.js';
import type { RunParts } from './run-parts.js';

/** The evidence of one cancellation, as long as its run lasts. */
export class RunEvidence {
  subject: Subject;
  watch: EvidenceWatch;

  constructor(
    private readonly parts: RunParts,
    private readonly held: HeldJob,
  ) {
    this.subject = this.subjectNow();
    this.watch = parts.inbox.watch(this.subject);
  }

  /** What has come so far. */
  earlier(): Promise<Proof> {
    return this.parts.inbox.earlier(this.subject);
  }

  /** For a stream that is stopped by its name from now on: what is told of that name counts too. */
  reopen(): void {
    this.watch.close();
    this.subject = this.subjectNow();
    this.watch = this.parts.inbox.watch(this.subject);
  }

  close(): void {
    this.watch.close();
  }

  private subjectNow(): Subject {
    const { job, record } = this.held;
    return {
      cancellationId: String(job.id),
      streamKeys: stoppedKeys(job.data, record),
      createdAt: job.data.createdAt,
    };
  }
}
