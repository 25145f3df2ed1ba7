import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { UpdateRecord } from '../calls/call-view.js';
import type { Call } from '../calls/call.js';
import { CallsService } from '../calls/calls.service.js';
import { faultAnswer } from '../faults/fault-answer.js';
import { preventsUpdate } from '../faults/fault.js';
import type { Fault } from '../faults/fault.js';
import { bounded } from '../limits.js';
import { SIMULATOR_CONFIG } from '../simulator.config.js';
import type { SimulatorConfig } from '../simulator.config.js';
import { jsonAnswer } from './answer.js';
import type { Answer } from './answer.js';
import { BasicAuth } from './basic-auth.js';
import { LamlError, notFound, unauthorized } from './laml-error.js';
import { boundedParams } from './update-params.js';
import type { Params } from './update-params.js';

const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie']);

export type CallPath = Readonly<Record<'accountSid' | 'sid', string>>;

/** A sid at the end of a path, which may have `.json` behind it. */
export const sidIn = (segment: string): string =>
  segment.endsWith('.json') ? segment.slice(0, -'.json'.length) : segment;

/** What the requests about a call have in common: who may ask, what goes wrong, what is kept of them. */
@Injectable()
export class LamlRequests implements OnModuleDestroy {
  private readonly closed = new AbortController();

  constructor(
    private readonly auth: BasicAuth,
    private readonly calls: CallsService,
    @Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig,
  ) {
    // One for every request held back at a time, and that is no leak.
    setMaxListeners(0, this.closed.signal);
  }

  onModuleDestroy(): void {
    this.closed.abort();
  }

  find({ accountSid, sid }: CallPath): Call | undefined {
    return accountSid === this.config.projectId ? this.calls.find(sidIn(sid)) : undefined;
  }

  /** @throws {LamlError} */
  admit(request: FastifyRequest, call: Call | undefined): Call {
    if (!this.auth.accepts(request.headers.authorization)) throw unauthorized();
    if (call === undefined) throw notFound();
    return call;
  }

  /** Does what was asked, but for what `fault` does to it. */
  async meet(fault: Fault | null, act: () => Answer): Promise<Answer | null> {
    if (fault === null) return act();
    await delay(fault.latencyMs ?? 0, undefined, { signal: this.closed.signal });
    if (preventsUpdate(fault)) return faultAnswer(fault, jsonAnswer(200, {}));
    return faultAnswer(fault, act());
  }

  async answer(act: () => Promise<Answer | null>): Promise<Answer | null> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof LamlError) return error.toAnswer();
      if (this.closed.signal.aborted) return null;
      throw error;
    }
  }

  newRecord(request: FastifyRequest, params: Params): Omit<UpdateRecord, 'number'> {
    return {
      at: new Date().toISOString(),
      answeredAt: null,
      path: bounded(request.url),
      headers: keptHeaders(request),
      params: boundedParams(params),
      authorized: this.auth.accepts(request.headers.authorization),
      applied: false,
      dropped: false,
      status: null,
      code: null,
      fault: null,
    };
  }
}

function keptHeaders(request: FastifyRequest): Record<string, string> {
  const headers = Object.entries(request.headers).filter(([name]) => !SECRET_HEADERS.has(name));
  return Object.fromEntries(headers.map(([name, value]) => [name, bounded(String(value))]));
}

export function complete(record: UpdateRecord, call: Call, answer: Answer | null): void {
  record.answeredAt = answer === null ? null : new Date().toISOString();
  record.dropped = answer === null;
  record.status = answer?.status ?? null;
  record.code = answer?.code ?? null;
  call.changed();
}
