import { Injectable, Logger } from '@nestjs/common';
import { waitsForProject } from '../cancellation/record.js';
import type { CancellationRecord, WaitingFor } from '../cancellation/record.js';
import type { ClosedState } from '../cancellation/vocabulary.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import { lastTryMs } from '../cancellation/time-left.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import type { Project } from '../projects/project.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { WorkerConnection } from '../queue/connections/worker.connection.js';
import { isKnownCode } from '../signalwire/answer.js';
import { GateState } from './gate-state.js';
import type { Due, Pass } from './gate-state.js';
import { ThrottleCredit } from './throttle-credit.js';

/** The cancellation may be sent, or has to wait: at most `afterMs`, and as things stand `expectedInMs`. */
export type GateAnswer =
  | { readonly pass: Pass }
  | { readonly waitFor: WaitingFor; readonly afterMs: number; readonly expectedInMs: number };

/** The outcome of a request that was let through. */
export interface GateReport {
  readonly callSid: string;
  readonly pass: Pass;
  readonly outcome: CancellationRecord['attempts'][number]['outcome'];
  readonly httpStatus: number | null;
  readonly providerCode: string | null;
  readonly message: string | null;
  /** What SignalWire asked for with its refusal. */
  readonly retryAfterMs: number | null;
}

/** Time for the answer to a probe to be read and reported. */
const PROBE_MARGIN_MS = 2000;

/** What an attempt's outcome says about its project. The others speak of the call alone, and `invalid_response` of neither. */
const STATE_AFTER: Partial<Record<GateReport['outcome'], ClosedState>> = {
  rate_limited: 'throttled',
  unauthorized: 'unauthorized',
  provider_error: 'unavailable',
  timeout: 'unavailable',
  unreachable: 'unavailable',
};

/** A 401 or 403 without a code that SignalWire documents may be a proxy's, so that it takes several calls to stop the project. */
const isDoubtful = ({ httpStatus, providerCode }: GateReport): boolean =>
  (httpStatus === 401 || httpStatus === 403) && !isKnownCode(providerCode);

/** Paces the attempts of each project, and learns from their outcomes. */
@Injectable()
export class Gates {
  private readonly logger = new Logger(Gates.name);
  private readonly state: GateState;
  private readonly credits = new Map<string, ThrottleCredit>();

  constructor(
    { redis }: WorkerConnection,
    { QUEUE_PREFIX, REQUEST_TIMEOUT_MS }: ServiceEnvironment,
    private readonly clock: SharedClock,
  ) {
    this.state = new GateState(redis, QUEUE_PREFIX, REQUEST_TIMEOUT_MS + PROBE_MARGIN_MS);
  }

  /** @param record as the job kept it, which tells whether the cancellation has waited for its project */
  async ask(
    project: Project,
    { id, data, record }: Pick<StoredCancellation, 'id' | 'data' | 'record'>,
  ): Promise<GateAnswer> {
    const lastTryAt = data.deadline - lastTryMs(data.deadline - data.createdAt);
    const isLastTry = this.clock.now() >= lastTryAt;
    const wakesAt = isLastTry ? data.deadline : lastTryAt;
    const applicant = {
      id,
      wakesAt,
      isLastTry,
      isFresh: record.attempts.length === 0,
      hasWaited: waitsForProject(record),
    };
    const answer = await this.state.admit(project, applicant);
    const untilWakeMs = wakesAt - this.clock.now();
    if ('closed' in answer) {
      const expectedInMs = answer.probeAt - this.clock.now();
      return { waitFor: answer.closed, afterMs: untilWakeMs, expectedInMs };
    }
    const { pass, turnInMs } = answer;
    if (turnInMs === 0 || pass.kind === 'probe') return { pass };
    const afterMs = Math.min(turnInMs, Math.max(0, untilWakeMs));
    return { waitFor: 'rate', afterMs, expectedInMs: afterMs };
  }

  /** @returns whether the project works again, so that those that wait for it can start */
  async learn(project: Project, report: GateReport): Promise<boolean> {
    const state = isDoubtful(report) ? 'unauthorized' : STATE_AFTER[report.outcome];
    if (state !== undefined) {
      await this.failed(project, state, report);
      return false;
    }
    if (report.outcome === 'invalid_response') return false;
    const { pass } = report;
    const endsFailures = this.creditOf(project).taken();
    if (pass.kind === 'open' && !pass.hadFailures && !endsFailures) return false;
    const ended = await this.state.succeed(project.name, pass);
    if (ended !== null) this.logger.log('project works again', { project: project.name, was: ended });
    return ended !== null;
  }

  /** A cancellation has ended; if it waited for its project, nobody needs to start it any more. */
  async forget({ id, data }: Pick<StoredCancellation, 'id' | 'data'>): Promise<void> {
    await this.state.forget(data.project, id);
  }

  /** The cancellations that may start now, up to `most` of each project. */
  due(most: number): Promise<Due> {
    return this.state.due(most, this.clock.now());
  }

  private async failed(project: Project, state: ClosedState, report: GateReport): Promise<void> {
    const { callSid, pass, retryAfterMs, httpStatus, message } = report;
    const credit = this.creditOf(project);
    if (state === 'throttled' && credit.throttled() && pass.kind === 'open') return;
    credit.failed();
    const isProbe = pass.kind === 'probe';
    const isOneEnough = state !== 'unavailable' && !isDoubtful(report);
    const began = await this.state.fail(project.name, state, { callSid, isProbe, isOneEnough, retryAfterMs });
    if (began === null) return;
    const fields = { project: project.name, state: began, httpStatus, reason: message };
    if (began === 'throttled') this.logger.warn('project throttled by SignalWire', fields);
    else if (began === 'unauthorized')
      this.logger.error('project paused: SignalWire refuses the credentials', fields);
    else this.logger.error('project paused: SignalWire is unavailable', fields);
  }

  private creditOf({ name }: Project): ThrottleCredit {
    const credit = this.credits.get(name) ?? new ThrottleCredit();
    this.credits.set(name, credit);
    return credit;
  }
}
