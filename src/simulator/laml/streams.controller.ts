import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CALL_PATH, LAML_PREFIXES } from './laml.controller.js';
import { LamlRequests, sidIn } from './laml-requests.js';
import type { CallPath } from './laml-requests.js';
import { streamObject } from './stream-object.js';
import { StreamUpdater } from './stream-updater.js';

const STREAMS_PATH = `${CALL_PATH}/Streams`;

/** Starts and stops a call's streams. SignalWire has no route that lists or reads them. */
@Controller(LAML_PREFIXES)
export class StreamsController {
  constructor(
    private readonly requests: LamlRequests,
    private readonly updater: StreamUpdater,
  ) {}

  @Post([STREAMS_PATH, `${STREAMS_PATH}.json`])
  start(@Param() path: CallPath, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.requests.post('stream', path, request, reply, ({ call, params }) =>
      streamObject(call, this.updater.start(call, params)),
    );
  }

  @Post(`${STREAMS_PATH}/:streamSid`)
  stop(
    @Param() path: CallPath & { readonly streamSid: string },
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.requests.post('stream', path, request, reply, ({ call, params, fault }) =>
      streamObject(call, this.updater.stop(call, sidIn(path.streamSid), params, fault ?? {})),
    );
  }
}
