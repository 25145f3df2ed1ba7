import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChangeLog } from '../change-log.js';
import { bounded } from '../limits.js';
import { jsonAnswer, send } from './answer.js';
import { callObject } from './call-object.js';
import { CallUpdater } from './call-updater.js';
import { complete, LamlRequests } from './laml-requests.js';
import type { CallPath } from './laml-requests.js';
import { readParams } from './update-params.js';

/** SignalWire's docs name the first; its older JavaScript SDK sends the second. Both with or without `.json`. */
export const LAML_PREFIXES = ['api/laml/2010-04-01', '2010-04-01'];

export const CALL_PATH = 'Accounts/:accountSid/Calls/:sid';

/** The part of SignalWire's Compatibility API that is about one call. */
@Controller(LAML_PREFIXES)
export class LamlController {
  constructor(
    private readonly requests: LamlRequests,
    private readonly updater: CallUpdater,
    private readonly log: ChangeLog,
  ) {}

  @Get(CALL_PATH)
  async read(
    @Param() path: CallPath,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.requests.answer(() => {
      const call = this.requests.admit(request, this.requests.find(path));
      call.reads += 1;
      call.changed();
      return this.requests.meet(call.faults.take('read'), () => jsonAnswer(200, callObject(call)));
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
    const found = this.requests.find(path);
    const record = found?.updates.add(this.requests.newRecord(request, params));
    found?.changed();
    const answer = await this.requests.answer(() => {
      const call = this.requests.admit(request, found);
      const fault = call.faults.take('update');
      if (record !== undefined) record.fault = fault;
      return this.requests.meet(fault, () => {
        this.updater.apply(call, params, fault?.fetch);
        if (record !== undefined) record.applied = true;
        this.log.write('update accepted', { callSid: call.sid, number: record?.number ?? null });
        return jsonAnswer(200, callObject(call));
      });
    });
    send(request, reply, answer);
    if (record !== undefined && found !== undefined) complete(record, found, answer);
  }
}
