import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import type { Project } from '../projects/project.js';
import { admittanceIn, ProjectGates } from './project-gates.js';
import { CLOSED_STATES } from '../cancellation/project-states.js';
import type { Admittance, AdmitReply, Applicant, Pass } from './project-gates.js';
import type { ClosedState } from '../cancellation/project-states.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { WorkerConnection } from '../queue/worker.connection.js';
import type { SentAttempt } from '../worker/attempts.js';
import { CANCELLATIONS_QUEUE } from '../queue/cancellations.queue.js';
import type { Attempt, WaitingFor } from '../cancellation/record.js';
import type { CancellationJob, CancellationQueue } from '../queue/cancellations.queue.js';
import { ProjectRun } from './project-run.js';
import { lastTryMs } from '../worker/retry-policy.js';

export type Passed = Exclude<Pass, { kind: 'closed' }>;

/** The leave to send, or what has to be waited for: for how long at most, and for how long as things stand. */
export type Admitted =
  | { readonly pass: Passed }
  | { readonly waitingFor: WaitingFor; readonly delayMs: number; readonly expectedInMs: number };

/** A wish for the leave to send. */
export interface AdmissionWish {
  /** For `admit` of `project-gates.lua.ts`. */
  readonly words: readonly (string | number)[];
  /** What its answer means. */
  settled(reply: AdmitReply): Admitted;
}

/** Time for the answer to a probe to be read and reported. */
const PROBE_MARGIN_MS = 2000;

/** What an attempt's outcome says of its project; those that are missing here speak of the call alone. */
const STATE_AFTER: Partial<Record<Attempt['outcome'], ClosedState>> = {
  rate_limited: 'throttled',
  unauthorized: 'unauthorized',
  provider_error: 'unavailable',
  timeout: 'unavailable',
  unreachable: 'unavailable',
};

/** An answer of no known form may come from anywhere. */
const SAYS_NOTHING: ReadonlySet<Attempt['outcome']> = new Set(['invalid_response']);

/** Lets attempts start as fast as their project bears them, and learns from what became of them. */
@Injectable()
export class Admission {
  private readonly logger = new Logger(Admission.name);
  private readonly gates: ProjectGates;
  private readonly runs = new Map<string, ProjectRun>();

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) queue: CancellationQueue,
    { redis }: WorkerConnection,
    { QUEUE_PREFIX, REQUEST_TIMEOUT_MS }: ServiceEnvironment,
    private readonly clock: SharedClock,
  ) {
    const probeTimeoutMs = REQUEST_TIMEOUT_MS + PROBE_MARGIN_MS;
    this.gates = new ProjectGates(redis, QUEUE_PREFIX, probeTimeoutMs, queue.toKey('delayed'));
  }

  /** @param waitedFor what it has waited for until now */
  async ask(
    project: Project,
    job: CancellationJob,
    isFresh: boolean,
    waitedFor: WaitingFor | null,
  ): Promise<Admitted> {
    const applicant = this.applicant(job, isFresh, waitedFor);
    return this.settle(await this.gates.admit(project, applicant), applicant);
  }

  /** The same as part of a script that does more than that. */
  wish(
    project: Project,
    job: CancellationJob,
    isFresh: boolean,
    waitedFor: WaitingFor | null,
  ): AdmissionWish {
    const applicant = this.applicant(job, isFresh, waitedFor);
    return {
      words: this.gates.wishOf(project, applicant),
      settled: (reply) => this.settle(admittanceIn(reply), applicant),
    };
  }

  /**
   * Tells all workers what an attempt says of its project.
   *
   * @returns whether the project works again, so that those that wait for it can start
   */
  async learn(
    project: Project,
    callSid: string,
    pass: Passed,
    { attempt, refusal }: SentAttempt,
  ): Promise<boolean> {
    const state = STATE_AFTER[attempt.outcome];
    const run = this.runOf(project);
    if (state !== undefined) {
      if (state === 'throttled' && run.throttled() && pass.kind === 'open') return false;
      run.failed();
      const began = await this.gates.fails(project.name, state, {
        callSid,
        isProbe: pass.kind === 'probe',
        retryAfterMs: refusal?.retryAfterMs ?? null,
      });
      if (began !== null) this.reportStop(project, began, attempt);
      return false;
    }
    if (SAYS_NOTHING.has(attempt.outcome)) return false;
    const hadFailed = run.taken();
    if (pass.kind === 'open' && !pass.isTroubled && !hadFailed) return false;
    const ended = await this.gates.works(project.name, pass.kind);
    if (ended !== null) this.logger.log('project works again', { project: project.name, was: ended });
    return ended !== null;
  }

  /** The job is finished; where it waited for its project, nobody needs to start it any more. */
  async forget({ id, data }: CancellationJob, waitedFor: WaitingFor | null): Promise<void> {
    if (CLOSED_STATES.some((state) => state === waitedFor)) await this.gates.forget(data.project, String(id));
  }

  /** The cancellations that may start now, since their project is to be probed or works again. */
  due(most: number): Promise<string[]> {
    return this.gates.due(most);
  }

  private runOf({ name }: Project): ProjectRun {
    const run = this.runs.get(name) ?? new ProjectRun();
    this.runs.set(name, run);
    return run;
  }

  private applicant(job: CancellationJob, isFresh: boolean, waitedFor: WaitingFor | null): Applicant {
    const { createdAt, deadline } = job.data;
    const lastTryAt = deadline - lastTryMs(deadline - createdAt);
    const isLastTry = this.clock.now() >= lastTryAt;
    const hasWaited = CLOSED_STATES.some((state) => state === waitedFor);
    return { id: String(job.id), wakesAt: isLastTry ? deadline : lastTryAt, isLastTry, isFresh, hasWaited };
  }

  private settle({ pass, turnInMs }: Admittance, { wakesAt }: Applicant): Admitted {
    const untilWakeMs = wakesAt - this.clock.now();
    if (pass.kind === 'closed') {
      const expectedInMs = pass.probeAt - this.clock.now();
      return { waitingFor: pass.state, delayMs: untilWakeMs, expectedInMs };
    }
    if (turnInMs === 0 || pass.kind === 'probe') return { pass };
    const delayMs = Math.min(turnInMs, Math.max(0, untilWakeMs));
    return { waitingFor: 'rate', delayMs, expectedInMs: delayMs };
  }

  private reportStop(project: Project, state: ClosedState, { httpStatus, message }: Attempt): void {
    const fields = { project: project.name, state, httpStatus, reason: message };
    if (state === 'throttled') this.logger.warn('project throttled by SignalWire', fields);
    else if (state === 'unauthorized') this.logger.error('project stopped: credentials refused', fields);
    else this.logger.error('project stopped: SignalWire is out of order', fields);
  }
}
