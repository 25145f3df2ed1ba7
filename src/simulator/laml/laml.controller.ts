import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { UpdateRecord } from '../calls/call-view.js';
import type { Call } from '../calls/call.js';
import { CallsService } from '../calls/calls.service.js';
import { ChangeLog } from '../change-log.js';
import { faultAnswer } from '../faults/fault-answer.js';
import { preventsUpdate } from '../faults/fault.js';
import type { Fault } from '../faults/fault.js';
import { bounded } from '../limits.js';
import { SIMULATOR_CONFIG } from '../simulator.config.js';
import type { SimulatorConfig } from '../simulator.config.js';
import { jsonAnswer, send } from './answer.js';
import type { Answer } from './answer.js';
import { BasicAuth } from './basic-auth.js';
import { callObject } from './call-object.js';
import { CallUpdater } from './call-updater.js';
import { LamlError, notFound, unauthorized } from './laml-error.js';
import { boundedParams, readParams } from './update-params.js';
import type { Params } from './update-params.js';

/** SignalWire's docs name the first; its older JavaScript SDK sends the second. Both with or without `.json`. */
export const LAML_PREFIXES = ['api/laml/2010-04-01', '2010-04-01'];

const CALL_PATH = 'Accounts/:accountSid/Calls/:sid';

const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie']);

type CallPath = Readonly<Record<'accountSid' | 'sid', string>>;

/** The part of SignalWire's Compatibility API that is about one call. */
@Controller(LAML_PREFIXES)
export class LamlController implements OnModuleDestroy {
  private readonly closed = new AbortController();

  constructor(
    private readonly auth: BasicAuth,
    private readonly calls: CallsService,
    private readonly updater: CallUpdater,
    private readonly log: ChangeLog,
    @Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig,
  ) {
    // One for every request held back at a time, and that is no leak.
    setMaxListeners(0, this.closed.signal);
  }

  onModuleDestroy(): void {
    this.closed.abort();
  }

  @Get(CALL_PATH)
  async read(
    @Param() path: CallPath,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.answer(() => {
      const call = this.admit(request, this.find(path));
      call.reads += 1;
      call.changed();
      return this.meet(call.faults.take('read'), () => jsonAnswer(200, callObject(call)));
    });
    this.log.write('call read', { callSid: bounded(path.sid), status: answer?.status ?? null });
    send(request, reply, answer);
  }

  @Post(CALL_PATH)
  async update(
    @Param() path: CallPath,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const params = readParams(body);
    const found = this.find(path);
    const record = found?.updates.add(this.newRecord(request, params));
    found?.changed();
    const answer = await this.answer(() => {
      const call = this.admit(request, found);
      const fault = call.faults.take('update');
      if (record !== undefined) record.fault = fault;
      return this.meet(fault, () => {
        this.updater.apply(call, params, fault?.fetch);
        if (record !== undefined) record.applied = true;
        this.log.write('update accepted', { callSid: call.sid, number: record?.number ?? null });
        return jsonAnswer(200, callObject(call));
      });
    });
    send(request, reply, answer);
    if (record !== undefined && found !== undefined) complete(record, found, answer);
  }

  private find({ accountSid, sid }: CallPath): Call | undefined {
    if (accountSid !== this.config.projectId) return undefined;
    return this.calls.find(sid.endsWith('.json') ? sid.slice(0, -'.json'.length) : sid);
  }

  private admit(request: FastifyRequest, call: Call | undefined): Call {
    if (!this.auth.accepts(request.headers.authorization)) throw unauthorized();
    if (call === undefined) throw notFound();
    return call;
  }

  /** Does what was asked, but for what `fault` does to it. */
  private async meet(fault: Fault | null, act: () => Answer): Promise<Answer | null> {
    if (fault === null) return act();
    await delay(fault.latencyMs ?? 0, undefined, { signal: this.closed.signal });
    if (preventsUpdate(fault)) return faultAnswer(fault, jsonAnswer(200, {}));
    return faultAnswer(fault, act());
  }

  private async answer(act: () => Promise<Answer | null>): Promise<Answer | null> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof LamlError) return error.toAnswer();
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

function complete(record: UpdateRecord, call: Call, answer: Answer | null): void {
  record.answeredAt = answer === null ? null : new Date().toISOString();
  record.dropped = answer === null;
  record.status = answer?.status ?? null;
  record.code = answer?.code ?? null;
  call.changed();
}
