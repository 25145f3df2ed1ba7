import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { UpdateRecord } from '../calls/call-view.js';
import type { Call } from '../calls/call.js';
import { CallsService } from '../calls/calls.service.js';
import { faultResponse } from '../faults/fault-response.js';
import { preventsUpdate } from '../faults/fault.js';
import type { Fault } from '../faults/fault.js';
import { bounded } from '../limits.js';
import { SIMULATOR_CONFIG } from '../simulator.config.js';
import type { SimulatorConfig } from '../simulator.config.js';
import { jsonResponse, send } from './response.js';
import type { HttpResponse } from './response.js';
import { BasicAuth } from './basic-auth.js';
import { LamlError, notFound, unauthorized } from './laml-error.js';
import { boundedParams, readParams } from './update-params.js';
import type { Params } from './update-params.js';

const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie']);

export type CallPath = Readonly<Record<'accountSid' | 'sid', string>>;

/** A POST about a call, once the client is authorized and the call is found. */
export interface CallPost {
  readonly call: Call;
  readonly params: Params;
  readonly fault: Fault | null;
  /** The number of the POST's record. */
  readonly number: number;
}

/** A sid from a path, without the optional `.json` suffix. */
export const sidIn = (segment: string): string =>
  segment.endsWith('.json') ? segment.slice(0, -'.json'.length) : segment;

/** Authorizes requests about a call, applies faults to them, and records the POSTs. */
@Injectable()
export class LamlRequests implements OnModuleDestroy {
  private readonly closed = new AbortController();

  constructor(
    private readonly auth: BasicAuth,
    private readonly calls: CallsService,
    @Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig,
  ) {
    // Every delayed request adds a listener; this is not a leak.
    setMaxListeners(0, this.closed.signal);
  }

  onModuleDestroy(): void {
    this.closed.abort();
  }

  /** Responds with the object that `act` returns. A null response means: close the connection. */
  read(path: CallPath, request: FastifyRequest, act: (call: Call) => object): Promise<HttpResponse | null> {
    return this.respond(() => {
      const call = this.authorize(request, this.find(path));
      call.reads += 1;
      call.changed();
      return this.withFault(call.faults.take('read'), () => jsonResponse(200, act(call)));
    });
  }

  /** Records the request and sends the object that `act` returns. */
  async post(
    target: 'update' | 'stream',
    path: CallPath,
    request: FastifyRequest,
    reply: FastifyReply,
    act: (post: CallPost) => object,
  ): Promise<void> {
    const params = readParams(request.body);
    const found = this.find(path);
    const records = target === 'update' ? found?.updates : found?.streamPosts;
    const record = records?.add(this.newRecord(request, params));
    found?.changed();
    const response = await this.respond(() => {
      const call = this.authorize(request, found);
      const fault = call.faults.take(target);
      if (record !== undefined) record.fault = fault;
      return this.withFault(fault, () => {
        const result = act({ call, params, fault, number: record?.number ?? 0 });
        if (record !== undefined) record.applied = true;
        return jsonResponse(200, result);
      });
    });
    send(request, reply, response);
    if (record !== undefined && found !== undefined) complete(record, found, response);
  }

  private find({ accountSid, sid }: CallPath): Call | undefined {
    return accountSid === this.config.projectId ? this.calls.find(sidIn(sid)) : undefined;
  }

  /** @throws {LamlError} */
  private authorize(request: FastifyRequest, call: Call | undefined): Call {
    if (!this.auth.accepts(request.headers.authorization)) throw unauthorized();
    if (call === undefined) throw notFound();
    return call;
  }

  private async withFault(fault: Fault | null, act: () => HttpResponse): Promise<HttpResponse | null> {
    if (fault === null) return act();
    await delay(fault.latencyMs ?? 0, undefined, { signal: this.closed.signal });
    return faultResponse(fault, preventsUpdate(fault) ? jsonResponse(200, {}) : act());
  }

  private async respond(act: () => Promise<HttpResponse | null>): Promise<HttpResponse | null> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof LamlError) return error.toResponse();
      if (this.closed.signal.aborted) return null;
      throw error;
    }
  }

  private newRecord(request: FastifyRequest, params: Params): Omit<UpdateRecord, 'number'> {
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

function complete(record: UpdateRecord, call: Call, response: HttpResponse | null): void {
  record.answeredAt = response === null ? null : new Date().toISOString();
  record.dropped = response === null;
  record.status = response?.status ?? null;
  record.code = response?.code ?? null;
  call.changed();
}
