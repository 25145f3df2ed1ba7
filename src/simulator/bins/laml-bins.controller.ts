import { Body, Controller, Delete, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { jsonResponse, send } from '../laml/response.js';
import type { HttpResponse } from '../laml/response.js';
import { BasicAuth } from '../laml/basic-auth.js';
import { invalidBody, LamlError, notFound, unauthorized } from '../laml/laml-error.js';
import { LAML_PREFIXES } from '../laml/laml.controller.js';
import { sidIn } from '../laml/laml-requests.js';
import { readParams } from '../laml/update-params.js';
import { SIMULATOR_CONFIG } from '../simulator.config.js';
import type { SimulatorConfig } from '../simulator.config.js';
import { binList, binObject } from './bin-object.js';
import { InvalidBinError } from './bin-template.js';
import { BinsService } from './bins.service.js';
import type { Bin } from './bins.service.js';

/** The documented contents of a bin created without any. */
const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

const BINS = ['Accounts/:accountSid/LamlBins', 'Accounts/:accountSid/LamlBins.json'];
const BIN = 'Accounts/:accountSid/LamlBins/:sid';

/**
 * "cXML scripts" of SignalWire's Compatibility API (https://signalwire.com/docs/compatibility-api/rest/cxml-scripts).
 */
@Controller(LAML_PREFIXES)
export class LamlBinsController {
  constructor(
    private readonly auth: BasicAuth,
    private readonly bins: BinsService,
    @Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig,
  ) {}

  @Get(BINS)
  list(@Query() query: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.respond(request, reply, () =>
      jsonResponse(
        200,
        binList(this.bins.all(), this.config.projectId, originOf(request), readParams(query)),
      ),
    );
  }

  @Post(BINS)
  create(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.respond(request, reply, () => {
      const { Name = '', Contents = EMPTY } = readParams(body);
      if (Name === '') throw invalidBody('Name is required');
      return this.binResponse(201, this.bins.create(Contents, Name), request);
    });
  }

  @Get(BIN)
  read(@Param('sid') sid: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.respond(request, reply, () => this.binResponse(200, this.find(sid), request));
  }

  @Post(BIN)
  update(
    @Param('sid') sid: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    this.respond(request, reply, () => {
      const bin = this.find(sid);
      const { Name, Contents } = readParams(body);
      if (Name === '') throw invalidBody('Name must not be empty');
      this.bins.update(bin, Contents, Name);
      return this.binResponse(200, bin, request);
    });
  }

  @Delete(BIN)
  delete(@Param('sid') sid: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.respond(request, reply, () => {
      this.bins.delete(this.find(sid));
      return { status: 204, headers: {}, body: '', code: null };
    });
  }

  private respond(request: FastifyRequest, reply: FastifyReply, act: () => HttpResponse): void {
    try {
      if (!this.auth.accepts(request.headers.authorization)) throw unauthorized();
      const { accountSid } = request.params as { readonly accountSid: string };
      if (accountSid !== this.config.projectId) throw notFound();
      send(request, reply, act());
    } catch (error) {
      const refusal = error instanceof InvalidBinError ? invalidBody(error.message) : error;
      if (!(refusal instanceof LamlError)) throw error;
      send(request, reply, refusal.toResponse());
    }
  }

  /** @throws {LamlError} */
  private find(sid: string): Bin {
    const bin = this.bins.find(sidIn(sid));
    if (bin === undefined) throw notFound();
    return bin;
  }

  private binResponse(status: number, bin: Bin, request: FastifyRequest): HttpResponse {
    return jsonResponse(status, binObject(bin, this.config.projectId, originOf(request)));
  }
}

const originOf = ({ protocol, host }: FastifyRequest): string => `${protocol}://${host}`;
