import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsObject,
  IsString,
  Matches,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { KEY, KEY_NAME } from '../platform/http/api-key.js';
import { Excludes } from '../platform/validation/excludes.js';
import { NullMeansAbsent, Optional } from '../platform/validation/optional.js';
import { IsCredentialElsewhere } from '../projects/is-credential.js';
import { SCOPES } from './caller.js';
import type { Scope } from './caller.js';

const MAX_KEYS = 1000;

const LIST = { message: `$property must be a list of 1 to ${MAX_KEYS} keys` };
const SCOPE_LIST = { message: `$property must be a list of one or more of ${SCOPES.join(', ')}, each once` };
const PROJECT_LIST = {
  message: `$property must be a list of 1 to ${MAX_KEYS} names of projects, each once; leave it out for all projects`,
};

/** A key in the file of API keys, read from its variable or file if the entry names one. */
export class ApiKeyDto {
  @Matches(KEY_NAME, { message: '$property is required and must be 1 to 64 letters, digits or any of _ . -' })
  readonly name: string;

  /** The SHA-256 of the key, in hexadecimal. */
  @Optional()
  @Matches(/^[0-9a-f]{64}$/i, {
    message: '$property must be the SHA-256 of the key as 64 hexadecimal digits; npm run api-key prints both',
  })
  @Excludes('key')
  readonly keyHash?: string;

  @NullMeansAbsent()
  @ValidateIf(({ key, keyHash }: ApiKeyDto) => key !== undefined || keyHash === undefined)
  @IsCredentialElsewhere(KEY, 'a key of 24 or more visible ASCII characters, or keyHash in its place')
  readonly key?: string;

  @IsArray(SCOPE_LIST)
  @ArrayMinSize(1, SCOPE_LIST)
  @ArrayUnique(SCOPE_LIST)
  @IsIn(SCOPES, { each: true, ...SCOPE_LIST })
  readonly scopes: readonly Scope[];

  @Optional()
  @IsArray(PROJECT_LIST)
  @ArrayMinSize(1, PROJECT_LIST)
  @ArrayMaxSize(MAX_KEYS, PROJECT_LIST)
  @ArrayUnique(PROJECT_LIST)
  @IsString({ each: true, ...PROJECT_LIST })
  readonly projects?: readonly string[];
}

export class ApiKeysFileDto {
  @IsObject({ each: true, message: 'each of $property must be an object' })
  @ArrayMinSize(1, LIST)
  @ArrayMaxSize(MAX_KEYS, LIST)
  @ValidateNested({ each: true })
  @Type(() => ApiKeyDto)
  readonly keys: readonly ApiKeyDto[];
}
