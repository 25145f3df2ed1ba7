import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { jsonAnswer, send } from '../laml/answer.js';
import type { Answer } from '../laml/answer.js';
import { BasicAuth } from '../laml/basic-auth.js';
import { rfc2822 } from '../laml/call-object.js';
import { invalidBody, notFound, unauthorized } from '../laml/laml-error.js';
import { LAML_PREFIXES } from '../laml/laml.controller.js';
import { readParams } from '../laml/update-params.js';
import { SIMULATOR_CONFIG } from '../simulator.config.js';
import type { SimulatorConfig } from '../simulator.config.js';
import { InvalidBinError } from './bin-template.js';
import { binUrl, BinsService } from './bins.service.js';
import type { Bin } from './bins.service.js';

/** What a bin without contents answers with, by the docs. */
const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

type BinPath = Readonly<Record<'accountSid' | 'sid', string>>;

/** "cXML scripts" of SignalWire's Compatibility API, for making a bin and for reading one. */
@Controller(LAML_PREFIXES)
export class LamlBinsController {
  constructor(
    private readonly auth: BasicAuth,
    private readonly bins: BinsService,
    @Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig,
  ) {}

  @Post(['Accounts/:accountSid/LamlBins', 'Accounts/:accountSid/LamlBins.json'])
  create(
    @Param('accountSid') accountSid: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    send(request, reply, this.made(accountSid, body, request));
  }

  @Get('Accounts/:accountSid/LamlBins/:sid')
  read(@Param() path: BinPath, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    send(request, reply, this.answer(path, request));
  }

  private made(accountSid: string, body: unknown, request: FastifyRequest): Answer {
    if (!this.auth.accepts(request.headers.authorization)) return unauthorized().toAnswer();
    if (accountSid !== this.config.projectId) return notFound().toAnswer();
    const { Name = '', Contents = EMPTY } = readParams(body);
    if (Name === '') return invalidBody('Name is required').toAnswer();
    try {
      const bin = this.bins.create(Contents, Name);
      return jsonAnswer(201, binObject(bin, accountSid, originOf(request)));
    } catch (error) {
      if (error instanceof InvalidBinError) return invalidBody(error.message).toAnswer();
      throw error;
    }
  }

  private answer({ accountSid, sid }: BinPath, request: FastifyRequest): Answer {
    if (!this.auth.accepts(request.headers.authorization)) return unauthorized().toAnswer();
    const bin = accountSid === this.config.projectId ? this.bins.find(sid.replace(/\.json$/, '')) : undefined;
    if (bin === undefined) return notFound().toAnswer();
    return jsonAnswer(200, binObject(bin, accountSid, originOf(request)));
  }
}

const originOf = ({ protocol, host }: FastifyRequest): string => `${protocol}://${host}`;

function binObject(bin: Bin, accountSid: string, origin: string): object {
  return {
    sid: bin.sid,
    account_sid: accountSid,
    name: bin.name,
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
