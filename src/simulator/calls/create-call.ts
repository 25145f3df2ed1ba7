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
import { FaultDto } from '../faults/fault.js';
import { LIMITS } from '../limits.js';
import { CALL_STATUSES, DIRECTIONS } from './call-view.js';
import type { CallStatus, Direction } from './call-view.js';

const SID = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_SAY_MS = 600_000;

export class CreateStream {
  @Length(1, 256)
  readonly name: string;

  /** Default: a UUID. */
  @IsOptional()
  @Matches(SID)
  readonly sid?: string;

  /** Receives the stream's `stream-stopped`. */
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  @MaxLength(LIMITS.text)
  readonly statusCallback?: string;

  /** Default POST. */
  @IsOptional()
  @IsIn(['GET', 'POST'])
  readonly statusCallbackMethod?: 'GET' | 'POST';
}

export class CreateCallDto {
  /** Default: a UUID, like all SignalWire ids. */
  @IsOptional()
  @Matches(SID)
  readonly sid?: string;

  /** Default `in-progress`. */
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

  /** Default `inbound`. */
  @IsOptional()
  @IsIn(DIRECTIONS)
  readonly direction?: Direction;

  /** Streams that are already running: they send no `stream-started`. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(LIMITS.streams)
  @ValidateNested({ each: true })
  @Type(() => CreateStream)
  readonly streams?: readonly CreateStream[];

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(LIMITS.faults)
  @ValidateNested({ each: true })
  @Type(() => FaultDto)
  readonly faults?: readonly FaultDto[];

  /** Duration of a `<Say>` in ms; default: the simulator's. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_SAY_MS)
  readonly sayMs?: number;

  /** Duration of a `<Play>` in ms; default: `sayMs`. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_SAY_MS)
  readonly playMs?: number;
}

export type CreateCall = Pick<CreateCallDto, keyof CreateCallDto>;
