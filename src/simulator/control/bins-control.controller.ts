import { BadRequestException, Body, Controller, Post, Req, UsePipes } from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { InvalidBinError } from '../bins/bin-template.js';
import { binUrl, BinsService } from '../bins/bins.service.js';
import type { BinView } from '../bins/bins.service.js';
import { LIMITS } from '../limits.js';
import { controlPipe } from './control.pipe.js';

class CreateBinDto {
  @IsString()
  @MaxLength(LIMITS.requestBody)
  readonly contents: string;
}

/** Creates XML Bins, as an operator does in SignalWire's dashboard. */
@Controller('simulator/bins')
@UsePipes(controlPipe)
export class BinsControlController {
  constructor(private readonly bins: BinsService) {}

  @Post()
  create(@Body() { contents }: CreateBinDto, @Req() { protocol, host }: FastifyRequest): BinView {
    try {
      const bin = this.bins.create(contents);
      return { sid: bin.sid, url: binUrl(`${protocol}://${host}`, bin) };
    } catch (error) {
      if (error instanceof InvalidBinError) throw new BadRequestException(error.message);
      throw error;
    }
  }
}
