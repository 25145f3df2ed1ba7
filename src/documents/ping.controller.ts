import { Controller, Get, Header, NotFoundException, Req } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ServiceEnvironment } from '../config/service.environment.js';
import { PING_PATH, pingAnswer } from '../links/ping.js';
import { AnswersPing } from './description/public-operation.js';
import { Unsigned } from './access/signature.guard.js';

/** A UUID. Anything else would have this service sign text of a stranger's choice. */
const NONCE = /^[\da-f-]{36}$/;

/** Shows the setup check that `PUBLIC_URL` leads here, with the path and query intact. */
@Controller(PING_PATH)
export class PingController {
  constructor(private readonly environment: ServiceEnvironment) {}

  @Get(':nonce')
  @ApiParam({ name: 'nonce', description: 'a UUID', schema: { type: 'string', format: 'uuid' } })
  @AnswersPing({
    operationId: 'ping',
    summary: 'Shows that `PUBLIC_URL` leads here',
    description: 'For the setup check alone.',
  })
  @Unsigned()
  @Header('content-type', 'text/plain; charset=utf-8')
  ping(@Req() { params, url }: FastifyRequest<{ Params: { nonce: string } }>): string {
    if (!NONCE.test(params.nonce)) throw new NotFoundException();
    return pingAnswer(url, this.environment.LINK_SECRET);
  }
}
