import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { jsonAnswer, send } from '../laml/answer.js';
import type { Answer } from '../laml/answer.js';
import { BasicAuth } from '../laml/basic-auth.js';
import { rfc2822 } from '../laml/call-object.js';
import { notFound, unauthorized } from '../laml/laml-error.js';
import { LAML_PREFIXES } from '../laml/laml.controller.js';
import { SIMULATOR_CONFIG } from '../simulator.config.js';
import type { SimulatorConfig } from '../simulator.config.js';
import { binUrl, BinsService } from './bins.service.js';
import type { Bin } from './bins.service.js';

type BinPath = Readonly<Record<'accountSid' | 'sid', string>>;

/** "cXML scripts" of SignalWire's Compatibility API, for reading one bin. */
@Controller(LAML_PREFIXES)
export class LamlBinsController {
  constructor(
    private readonly auth: BasicAuth,
    private readonly bins: BinsService,
    @Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig,
  ) {}

  @Get('Accounts/:accountSid/LamlBins/:sid')
  read(@Param() path: BinPath, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    send(request, reply, this.answer(path, request));
  }

  private answer({ accountSid, sid }: BinPath, request: FastifyRequest): Answer {
    if (!this.auth.accepts(request.headers.authorization)) return unauthorized().toAnswer();
    const bin = accountSid === this.config.projectId ? this.bins.find(sid.replace(/\.json$/, '')) : undefined;
    if (bin === undefined) return notFound().toAnswer();
    return jsonAnswer(200, binObject(bin, accountSid, `${request.protocol}://${request.host}`));
  }
}

function binObject(bin: Bin, accountSid: string, origin: string): object {
  return {
    sid: bin.sid,
    account_sid: accountSid,
    name: bin.sid,
    contents: bin.contents,
    request_url: binUrl(origin, bin),
    num_requests: bin.requests,
    date_created: rfc2822(bin.createdAt),
    date_updated: rfc2822(bin.createdAt),
    date_last_accessed: bin.lastRequestAt === null ? null : rfc2822(bin.lastRequestAt),
    api_version: '2010-04-01',
    uri: `/api/laml/2010-04-01/Accounts/${accountSid}/LamlBins/${bin.sid}.json`,
  };
}
