import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  NotFoundException,
  Param,
  Post,
  Query,
} from '@nestjs/common';
import { ChangeLog } from '../change-log.js';
import { bounded } from '../limits.js';
import { readParams } from '../laml/update-params.js';
import { BinsService } from './bins.service.js';

const XML = 'application/xml; charset=utf-8';

/** Serves bins without authentication, as SignalWire does. */
@Controller('laml-bins')
export class BinsController {
  constructor(
    private readonly bins: BinsService,
    private readonly log: ChangeLog,
  ) {}

  @Get(':sid')
  @Header('content-type', XML)
  get(@Param('sid') sid: string, @Query() query: unknown): string {
    return this.serve(sid, query, {});
  }

  @Post(':sid')
  @HttpCode(200)
  @Header('content-type', XML)
  post(@Param('sid') sid: string, @Query() query: unknown, @Body() body: unknown): string {
    return this.serve(sid, query, body);
  }

  /** The docs do not say which value wins if the query and the form share a parameter. Here the form wins. */
  private serve(sid: string, query: unknown, body: unknown): string {
    const bin = this.bins.find(sid);
    if (bin === undefined) throw new NotFoundException();
    this.bins.recordRequest(bin);
    const params = { ...readParams(query), ...readParams(body) };
    this.log.write('bin fetched', { binSid: bin.sid, callSid: bounded(params.CallSid ?? '') || null });
    return bin.documentFor(params);
  }
}
