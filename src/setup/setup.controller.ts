import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Setup } from './setup.js';
import type { SetupReport } from './setup.js';

@ApiTags('operations')
@ApiBearerAuth()
@Controller('setup')
export class SetupController {
  constructor(private readonly setup: Setup) {}

  /** Whether this configuration is ready for live calls, and what to do if it is not. */
  @Get()
  @ApiResponse({
    status: 200,
    description: 'each check with its status `ok`, `warning` or `failed`, what was found, and what to do',
  })
  read(): Promise<SetupReport> {
    return this.setup.check();
  }
}
