import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { FromCaller, mayKnow } from '../access/caller.js';
import type { Caller } from '../access/caller.js';
import { NeedsScope } from '../access/needs-scope.js';
import { SetupReportView, worstOf } from './check.js';
import { Setup } from './setup.js';

@ApiTags('operations')
@Controller('setup')
export class SetupController {
  constructor(private readonly setup: Setup) {}

  @Get()
  @NeedsScope('operate')
  @ApiOperation({
    operationId: 'checkSetup',
    summary: 'Checks whether this configuration is ready for live calls',
    description: 'Whether this configuration is ready for live calls, and what to do if it is not.',
  })
  @ApiResponse({
    status: 200,
    type: SetupReportView,
    description: 'each check with its status `ok`, `warning` or `failed`, what was found, and what to do',
  })
  async read(@FromCaller() caller: Caller | null): Promise<SetupReportView> {
    const { checks } = await this.setup.check();
    const known = checks.filter(({ project }) => project === null || mayKnow(caller, project));
    return { status: worstOf(known), checks: known };
  }
}
