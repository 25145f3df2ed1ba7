import { ApiProperty } from '@nestjs/swagger';
import { CHECK_STATUSES } from './check.js';
import type { Check, CheckStatus } from './check.js';
import type { SetupReport } from './setup.js';

class CheckView implements Check {
  @ApiProperty({
    enum: ['redis', 'signalwire', 'signing_key', 'clock', 'public_url', 'fallback_url'],
    description: 'what was checked',
  })
  readonly name: string;

  @ApiProperty({ type: String, nullable: true, description: 'of which project; null if it concerns all' })
  readonly project: string | null;

  @ApiProperty({ enum: CHECK_STATUSES, description: 'how bad it is' })
  readonly status: CheckStatus;

  @ApiProperty({ description: 'what was found' })
  readonly message: string;

  @ApiProperty({ type: String, nullable: true, description: 'what to do; null if nothing' })
  readonly advice: string | null;
}

/** The report of the setup check, for OpenAPI. */
export class SetupReportView implements SetupReport {
  @ApiProperty({ enum: CHECK_STATUSES, description: 'as bad as the worst check' })
  readonly status: CheckStatus;

  @ApiProperty({ type: [CheckView], description: 'what was checked, in no particular order' })
  readonly checks: readonly CheckView[];
}
