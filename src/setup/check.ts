import { ApiProperty } from '@nestjs/swagger';

/** From harmless to harmful. */
export const CHECK_STATUSES = ['ok', 'warning', 'failed'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

/** One thing that must be right before live calls. */
export class CheckView {
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

/** Whether this configuration is ready for live calls. */
export class SetupReportView {
  @ApiProperty({ enum: CHECK_STATUSES, description: 'as bad as the worst check' })
  readonly status: CheckStatus;

  @ApiProperty({ type: [CheckView], description: 'what was checked, in no particular order' })
  readonly checks: readonly CheckView[];
}

/** A check before it has a name. */
export type Finding = Pick<CheckView, 'status' | 'message' | 'advice'>;

export const ok = (message: string): Finding => ({ status: 'ok', message, advice: null });
export const warning = (message: string, advice: string): Finding => ({ status: 'warning', message, advice });
export const failed = (message: string, advice: string): Finding => ({ status: 'failed', message, advice });

/** As bad as the worst of them. */
export const worstOf = (checks: readonly Pick<CheckView, 'status'>[]): CheckStatus =>
  CHECK_STATUSES.findLast((status) => checks.some((check) => check.status === status)) ?? 'ok';
