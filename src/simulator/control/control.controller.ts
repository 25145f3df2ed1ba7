import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
  UseFilters,
  UsePipes,
} from '@nestjs/common';
import type { CallView } from '../calls/call-view.js';
import { CallsService } from '../calls/calls.service.js';
import { ControlErrorFilter } from './control-error.filter.js';
import { controlPipe } from './control.pipe.js';
import { CreateCallDto } from '../calls/create-call.js';
import { ChangeCallDto, EndDialDto, FaultsDto, ListCallsDto } from './call.dto.js';

/**
 * Creates, changes and reads calls. These routes need no credentials, so the simulator listens on loopback by
 * default.
 */
@Controller('simulator')
@UsePipes(controlPipe)
@UseFilters(ControlErrorFilter)
export class ControlController {
  constructor(private readonly calls: CallsService) {}

  @Get('health')
  health(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Post('calls')
  create(@Body() input: CreateCallDto): CallView {
    return this.calls.create(input).view();
  }

  @Get('calls')
  list(@Query() { limit }: ListCallsDto): { items: CallView[] } {
    return { items: this.calls.list(limit).map((call) => call.view()) };
  }

  @Get('calls/:sid')
  read(@Param('sid') sid: string): CallView {
    return this.calls.get(sid).view();
  }

  @Patch('calls/:sid')
  change(@Param('sid') sid: string, @Body() { status }: ChangeCallDto): CallView {
    const call = this.calls.get(sid);
    this.calls.setStatus(call, status);
    return call.view();
  }

  @Patch('calls/:sid/dial')
  endDial(@Param('sid') sid: string, @Body() { status }: EndDialDto): CallView {
    const call = this.calls.get(sid);
    this.calls.endDial(call, status);
    return call.view();
  }

  @Put('calls/:sid/faults')
  async setFaults(@Param('sid') sid: string, @Body() list: unknown): Promise<CallView> {
    const call = this.calls.get(sid);
    const { faults }: FaultsDto = await controlPipe.transform(
      { faults: list },
      { type: 'body', metatype: FaultsDto },
    );
    call.setFaults(faults);
    return call.view();
  }

  @Delete('calls')
  @HttpCode(204)
  forgetAll(): void {
    this.calls.forgetAll();
  }
}
