import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { CALL_STATUSES, DIAL_STATUSES, DIRECTIONS } from '../calls/call-view.js';
import type { CallStatus, DialStatus, Direction } from '../calls/call-view.js';
import type { CreateCall, CreateStream } from '../calls/create-call.js';
import { LIMITS } from '../limits.js';
import { FaultDto } from './fault.dto.js';

const SID = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_SAY_MS = 600_000;

class StreamDto implements CreateStream {
  @Length(1, 256)
  readonly name: string;

  @IsOptional()
  @Matches(SID)
  readonly sid?: string;

  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  @MaxLength(LIMITS.text)
  readonly statusCallback?: string;

  @IsOptional()
  @IsIn(['GET', 'POST'])
  readonly statusCallbackMethod?: 'GET' | 'POST';
}

export class FaultsDto {
  @IsArray()
  @ArrayMaxSize(LIMITS.faults)
  @ValidateNested({ each: true })
  @Type(() => FaultDto)
  readonly faults: FaultDto[];
}

/** `CreateCall` describes the fields. */
export class CreateCallDto implements CreateCall {
  @IsOptional()
  @Matches(SID)
  readonly sid?: string;

  @IsOptional()
  @IsIn(CALL_STATUSES)
  readonly status?: CallStatus;

  @IsOptional()
  @IsString()
  @MaxLength(256)
  readonly from?: string;

  @IsOptional()
  @IsString()
  @MaxLength(256)
  readonly to?: string;

  @IsOptional()
  @IsIn(DIRECTIONS)
  readonly direction?: Direction;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(LIMITS.streams)
  @ValidateNested({ each: true })
  @Type(() => StreamDto)
  readonly streams?: StreamDto[];

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(LIMITS.faults)
  @ValidateNested({ each: true })
  @Type(() => FaultDto)
  readonly faults?: FaultDto[];

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_SAY_MS)
  readonly sayMs?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_SAY_MS)
  readonly playMs?: number;
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
