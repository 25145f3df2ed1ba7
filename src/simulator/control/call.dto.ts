import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsInt, Max, Min, ValidateNested } from 'class-validator';
import { CALL_STATUSES, DIAL_STATUSES } from '../calls/call-view.js';
import type { CallStatus, DialStatus } from '../calls/call-view.js';
import { FaultDto } from '../faults/fault.js';
import { LIMITS } from '../limits.js';

export class FaultsDto {
  @IsArray()
  @ArrayMaxSize(LIMITS.faults)
  @ValidateNested({ each: true })
  @Type(() => FaultDto)
  readonly faults: FaultDto[];
}

export class ChangeCallDto {
  @IsIn(CALL_STATUSES)
  readonly status: CallStatus;
}

export class EndDialDto {
  @IsIn(DIAL_STATUSES)
  readonly status: DialStatus;
}

export class ListCallsDto {
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly limit: number = 100;
}
