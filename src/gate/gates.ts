import { Injectable, Logger } from '@nestjs/common';
import type { CancellationRecord } from '../cancellation/record.js';
import type { ClosedState, WaitingFor } from '../cancellation/vocabulary.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import { lastTryMs } from '../cancellation/time-left.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import type { Project } from '../projects/project.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { WorkerConnection } from '../queue/connections/worker.connection.js';
import { DELIVERY_PROBE_EVERY_MS, MOST_UNCONFIRMED } from './delivery.lua.js';
import { DeliveryState } from './delivery-state.js';
import { isKnownCode } from '../signalwire/answer.js';
import { GateState } from './gate-state.js';
import type { Due, FailedState, Pass } from './gate-state.js';
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

/** Before the fetch is awaited: an attempt, reads of the call before and after it, and time for Redis. */
const REQUESTS_BEFORE_FETCH = 3;
const FETCH_MARGIN_MS = 5000;

/** How soon a cancellation that waits for the first fetch is expected to be started. */
const FIRST_FETCH_MS = 1000;

const UNDELIVERED =
  `SignalWire accepted updates of ${MOST_UNCONFIRMED} calls in a row and fetched none of their documents, which ` +
  `drops the calls. Check that SignalWire can reach PUBLIC_URL (GET /setup), then resume the project with POST /queue/resume. One ` +
  `cancellation is tried every ${DELIVERY_PROBE_EVERY_MS / 1000} s`;

/**
 * What an attempt's outcome says about its project. The others speak of the call alone, and `invalid_response` of
 * neither.
 */
const STATE_AFTER: Partial<Record<GateReport['outcome'], FailedState>> = {
  rate_limited: 'throttled',
  unauthorized: 'unauthorized',
  provider_error: 'unavailable',
  timeout: 'unavailable',
  unreachable: 'unavailable',
};

/**
 * A 401 or 403 without a code that SignalWire documents may be a proxy's, so that it takes several calls to stop the
 * project.
 */
const isDoubtful = ({ httpStatus, providerCode }: GateReport): boolean =>
  (httpStatus === 401 || httpStatus === 403) && !isKnownCode(providerCode);

/** Paces the attempts of each project, and learns from their outcomes. */
@Injectable()
export class Gates {
  private readonly logger = new Logger(Gates.name);
  private readonly state: GateState;
  private readonly delivery: DeliveryState;
  private readonly credits = new Map<string, ThrottleCredit>();

  constructor(
    { redis }: WorkerConnection,
    { QUEUE_PREFIX, REQUEST_TIMEOUT_MS, CONFIRMATION_TIMEOUT_MS }: ServiceEnvironment,
    private readonly clock: SharedClock,
  ) {
    const fetchTimeoutMs =
      REQUESTS_BEFORE_FETCH * REQUEST_TIMEOUT_MS + CONFIRMATION_TIMEOUT_MS + FETCH_MARGIN_MS;
    this.state = new GateState(redis, QUEUE_PREFIX, REQUEST_TIMEOUT_MS + PROBE_MARGIN_MS, fetchTimeoutMs);
    this.delivery = new DeliveryState(redis, QUEUE_PREFIX);
  }

  /**
   * @param needsFetch its success depends on the fetch of a document of ours
   */
  async ask(
    project: Project,
    { id, data, record }: Pick<StoredCancellation, 'id' | 'data' | 'record'>,
    needsFetch: boolean,
  ): Promise<GateAnswer> {
    const lastTryAt = data.deadline - lastTryMs(data.deadline - data.createdAt);
    const isLastTry = this.clock.now() >= lastTryAt;
    const wakesAt = isLastTry ? data.deadline : lastTryAt;
    const applicant = {
      id,
      wakesAt,
      isLastTry,
      isFresh: record.attempts.length === 0,
      unfetchedCall: needsFetch ? data.callSid : null,
    };
    const answer = await this.state.admit(project, applicant);
    const untilWakeMs = wakesAt - this.clock.now();
    if ('closed' in answer) {
      if ('probeAt' in answer) {
        const expectedInMs = answer.probeAt - this.clock.now();
        return { waitFor: answer.closed, afterMs: untilWakeMs, expectedInMs };
      }
      return answer.closed === 'paused'
        ? { waitFor: 'paused', afterMs: untilWakeMs, expectedInMs: untilWakeMs }
        : { waitFor: 'delivery', afterMs: untilWakeMs, expectedInMs: FIRST_FETCH_MS };
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

  /**
   * The document of an accepted update was awaited in vain.
   *
   * @param sentAt when the update was sent, by the shared clock
   */
  async unfetched({ name }: Project, callSid: string, sentAt: number): Promise<void> {
    if (await this.delivery.unfetched(name, callSid, sentAt))
      this.logger.error('project paused: SignalWire does not fetch its documents', {
        project: name,
        state: 'undelivered',
        reason: UNDELIVERED,
      });
  }

  /**
   * An attempt that was let through as `isUnproven` is over. If that is not told, Redis finds out by itself after a
   * while.
   */
  async leavePlace({ name }: Project, callSid: string): Promise<void> {
    await this.delivery.leavePlace(name, callSid).catch((error: unknown) =>
      this.logger.warn('others wait longer for a fetch than they need', {
        project: name,
        error: String(error),
      }),
    );
  }

  /** A probe of a project in `state` was not sent after all. Another one may go at once. */
  probeAgain({ name }: Project, state: ClosedState): Promise<void> {
    return this.state.probeAgain(name, state);
  }

  /** A cancellation has ended; if it waited for its project, nobody needs to start it any more. */
  async forget({ id, data }: Pick<StoredCancellation, 'id' | 'data'>): Promise<void> {
    await this.state.forget(data.project, id);
  }

  /** The cancellations that may start now, up to `most` of each project. */
  due(most: number): Promise<Due> {
    return this.state.due(most, this.clock.now());
  }

  private async failed(project: Project, state: FailedState, report: GateReport): Promise<void> {
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
