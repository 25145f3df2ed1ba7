import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsNotEmpty,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';

export class CancellationDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(64)
  readonly callSid: string;

  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  readonly streamName: string;
}

export class BatchDto {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => CancellationDto)
  readonly cancellations: readonly CancellationDto[];
}
