import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsIn,
  IsInt,
  IsObject,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { IsCallbackUrl } from '../config/is-callback-url.js';
import { IDENTIFIER, IsOrigin, MAX_REQUESTS_PER_SECOND } from '../config/environment.rules.js';
import { IsDocumentUrl } from '../cxml/is-document-url.js';
import { IsThen } from '../cxml/is-then.js';
import type { Verb } from '../cxml/verbs.js';
import { Optional } from '../platform/validation/optional.js';
import { IsCredential } from './is-credential.js';
import { PROJECT_NAME } from './project.js';
import { REQUIRED_EVIDENCE } from '../cancellation/vocabulary.js';
import type { RequiredEvidence } from '../cancellation/vocabulary.js';

const MAX_PROJECTS = 1000;

/** SignalWire documents no format. Printable, without spaces. */
const SIGNING_KEY = /^[\x21-\x7E]{1,256}$/;
const SIGNING_KEY_EXAMPLE = "the signing key of the space's API page";

const RATE = { message: `$property must be a whole number of requests from 1 to ${MAX_REQUESTS_PER_SECOND}` };
const EVIDENCE = { message: `$property must be one of ${REQUIRED_EVIDENCE.join(', ')}` };
const LIST = { message: `$property must be a list of 1 to ${MAX_PROJECTS} projects` };

const NeedsSigningKey = () =>
  ValidateBy({
    name: 'needsSigningKey',
    validator: {
      validate: (_, args) => (args?.object as ProjectDto | undefined)?.signingKey !== undefined,
      defaultMessage: (args) => `${args?.property} is the second key beside signingKey, which is missing`,
    },
  });

class LimitsDto {
  @Optional()
  @IsInt(RATE)
  @Min(1, RATE)
  @Max(MAX_REQUESTS_PER_SECOND, RATE)
  readonly maxRequestsPerSecond?: number;
}

/** A project in the projects file, with its credentials read from variables and files. */
export class ProjectDto {
  @Matches(PROJECT_NAME, {
    message: '$property is required and must be 1 to 64 letters, digits or any of _ . -',
  })
  readonly name: string;

  @IsOrigin('https://example.signalwire.com')
  readonly spaceUrl: string;

  @IsCredential(IDENTIFIER, 'a project id such as 8f0c4b47-9a52-4f6f-8c2f-8d112b5c9f5e')
  readonly projectId: string;

  @IsCredential(IDENTIFIER, 'an API token: PT followed by hexadecimal digits')
  readonly apiToken: string;

  @Optional()
  @IsCredential(SIGNING_KEY, SIGNING_KEY_EXAMPLE)
  readonly signingKey?: string;

  /** Accepted too, while SignalWire switches to `signingKey`. */
  @Optional()
  @IsCredential(SIGNING_KEY, SIGNING_KEY_EXAMPLE)
  @NeedsSigningKey()
  readonly previousSigningKey?: string;

  @Optional()
  @IsDocumentUrl()
  readonly documentUrl?: string;

  @Optional()
  @IsIn(REQUIRED_EVIDENCE, EVIDENCE)
  readonly requiredEvidence?: RequiredEvidence;

  @Optional()
  @IsThen()
  readonly defaultThen?: readonly Verb[];

  @Optional()
  @IsCallbackUrl()
  readonly defaultCallbackUrl?: string;

  @Optional()
  @IsObject({ message: '$property must be an object, such as {"maxRequestsPerSecond": 100}' })
  @ValidateNested()
  @Type(() => LimitsDto)
  readonly limits?: LimitsDto;
}

export class ProjectsFileDto {
  @IsObject({ each: true, message: 'each of $property must be an object' })
  @ArrayMinSize(1, LIST)
  @ArrayMaxSize(MAX_PROJECTS, LIST)
  @ValidateNested({ each: true })
  @Type(() => ProjectDto)
  readonly projects: readonly ProjectDto[];
}
