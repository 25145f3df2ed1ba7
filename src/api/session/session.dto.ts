import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength, MinLength } from 'class-validator';
import { SCOPES } from '../../access/caller.js';
import type { Scope } from '../../access/caller.js';

const FORM = { message: '$property must be an API key: a text of 1 to 1000 characters' };

/** The body of `POST /session`. */
export class Login {
  @ApiProperty({ minLength: 1, maxLength: 1000, example: 'demo-key', description: 'a valid API key' })
  @MaxLength(1000, FORM)
  @MinLength(1, FORM)
  @IsString(FORM)
  readonly apiKey: string;
}

/** Who uses the API, and where. */
export class SessionView {
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'on-call',
    description: 'the name of the API key; null where none is required',
  })
  readonly name: string | null;

  @ApiProperty({ enum: SCOPES, isArray: true, description: 'what the key may do' })
  readonly scopes: readonly Scope[];

  @ApiProperty({
    type: [String],
    nullable: true,
    example: null,
    description: 'the only projects that the key may know of; null for all',
  })
  readonly projects: readonly string[] | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'qT3mZc8mJ0Q1nL5tqkXG1s8m9Y0u8p0n0gk0m2b7c1A',
    description: 'what `X-CSRF-Token` has to be; null where the request was not authorised by a cookie',
  })
  readonly csrfToken: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'staging', description: '`ENVIRONMENT_NAME`' })
  readonly environmentName: string | null;

  @ApiProperty({ description: 'whether requests need an API key' })
  readonly keysRequired: boolean;
}
