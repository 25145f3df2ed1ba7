import { Body, Controller, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Call } from '../calls/call.js';
import type { Fault } from '../faults/fault.js';
import { jsonAnswer, send } from './answer.js';
import { CALL_PATH, LAML_PREFIXES } from './laml.controller.js';
import { complete, LamlRequests, sidIn } from './laml-requests.js';
import type { CallPath } from './laml-requests.js';
import { streamObject } from './stream-object.js';
import { StreamUpdater } from './stream-updater.js';
import { readParams } from './update-params.js';
import type { Params } from './update-params.js';

const STREAMS_PATH = `${CALL_PATH}/Streams`;

/** A call's streams, which can be started and stopped here; there is no route to list or read them. */
@Controller(LAML_PREFIXES)
export class StreamsController {
  constructor(
    private readonly requests: LamlRequests,
    private readonly updater: StreamUpdater,
  ) {}

  @Post([STREAMS_PATH, `${STREAMS_PATH}.json`])
  start(
    @Param() path: CallPath,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.take(path, body, request, reply, (call, params) =>
      streamObject(call, this.updater.start(call, params)),
    );
  }

  @Post(`${STREAMS_PATH}/:streamSid`)
  stop(
    @Param() path: CallPath & { readonly streamSid: string },
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.take(path, body, request, reply, (call, params, fault) =>
      streamObject(call, this.updater.stop(call, sidIn(path.streamSid), params, fault ?? {})),
    );
  }

  private async take(
    path: CallPath,
    body: unknown,
    request: FastifyRequest,
    reply: FastifyReply,
    act: (call: Call, params: Params, fault: Fault | null) => object,
  ): Promise<void> {
    const params = readParams(body);
    const found = this.requests.find(path);
    const record = found?.streamPosts.add(this.requests.newRecord(request, params));
    found?.changed();
    const answer = await this.requests.answer(() => {
      const call = this.requests.admit(request, found);
      const fault = call.faults.take('stream');
      if (record !== undefined) record.fault = fault;
      return this.requests.meet(fault, () => {
        const stream = act(call, params, fault);
        if (record !== undefined) record.applied = true;
        return jsonAnswer(200, stream);
      });
    });
    send(request, reply, answer);
    if (record !== undefined && found !== undefined) complete(record, found, answer);
  }
}
