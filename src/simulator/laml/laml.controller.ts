import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChangeLog } from '../change-log.js';
import { bounded } from '../limits.js';
import { callObject } from './call-object.js';
import { CallUpdater } from './call-updater.js';
import { LamlRequests } from './laml-requests.js';
import type { CallPath } from './laml-requests.js';
import { send } from './response.js';

/** SignalWire's docs use the first, its older JavaScript SDK the second. Both work with and without `.json`. */
export const LAML_PREFIXES = ['api/laml/2010-04-01', '2010-04-01'];

export const CALL_PATH = 'Accounts/:accountSid/Calls/:sid';

/** Reads and updates a call, as in SignalWire's Compatibility API. */
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
    const response = await this.requests.read(path, request, callObject);
    this.log.write('call read', { callSid: bounded(path.sid), status: response?.status ?? null });
    send(request, reply, response);
  }

  @Post(CALL_PATH)
  update(@Param() path: CallPath, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.requests.post('update', path, request, reply, ({ call, params, fault, number }) => {
      this.updater.apply(call, params, fault?.fetch);
      this.log.write('update accepted', { callSid: call.sid, number });
      return callObject(call);
    });
  }
}
