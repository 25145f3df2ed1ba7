import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { plainToInstance } from 'class-transformer';
import { Equals, IsIn, IsInt, Max, Min } from 'class-validator';
import { IsHttpUrl } from '../validation/is-http-url.js';
import { IsXmlText } from '../validation/is-xml-text.js';
import { Optional } from '../validation/optional.js';

/** Longest text of one `say`; Twilio's limit for `<Say>`, since SignalWire documents none. */
const MAX_SAY_LENGTH = 4096;
const MAX_PAUSE_SECONDS = 3600;
const MAX_URL_LENGTH = 2048;

const LANGUAGE_OR_VOICE = { min: 1, max: 64 } as const;

/** Speaks a text to the caller. */
export class SayVerb {
  @ApiProperty({ maxLength: MAX_SAY_LENGTH })
  @IsXmlText(1, MAX_SAY_LENGTH)
  readonly say: string;

  @ApiPropertyOptional()
  @Optional()
  @IsXmlText(LANGUAGE_OR_VOICE.min, LANGUAGE_OR_VOICE.max)
  readonly voice?: string;

  @ApiPropertyOptional()
  @Optional()
  @IsXmlText(LANGUAGE_OR_VOICE.min, LANGUAGE_OR_VOICE.max)
  readonly language?: string;
}

const PAUSE_RANGE = { message: `$property must be a whole number of seconds from 1 to ${MAX_PAUSE_SECONDS}` };

/** Holds the call in silence. */
export class PauseVerb {
  /** Seconds. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_PAUSE_SECONDS, description: 'seconds' })
  @IsInt(PAUSE_RANGE)
  @Min(1, PAUSE_RANGE)
  @Max(MAX_PAUSE_SECONDS, PAUSE_RANGE)
  readonly pause: number;
}

/** Hands the call over to another document: the one verb that keeps it going for good. */
export class RedirectVerb {
  @ApiProperty({ format: 'uri', maxLength: MAX_URL_LENGTH })
  @IsXmlText(1, MAX_URL_LENGTH)
  @IsHttpUrl('$property must be an absolute http or https URL, such as https://example.com/flow')
  readonly redirect: string;

  @ApiPropertyOptional({ enum: ['GET', 'POST'] })
  @Optional()
  @IsIn(['GET', 'POST'], { message: '$property must be GET or POST' })
  readonly method?: 'GET' | 'POST';
}

/** Ends the call. */
export class HangupVerb {
  @ApiProperty({ enum: [true] })
  @Equals(true, { message: '$property must be true' })
  readonly hangup: true;
}

/** One step of what the call does after the stop. */
export type Verb = SayVerb | PauseVerb | RedirectVerb | HangupVerb;

/** The classes by the field that names the verb, in the order in which an error lists them. */
export const VERB_CLASSES = {
  say: SayVerb,
  pause: PauseVerb,
  redirect: RedirectVerb,
  hangup: HangupVerb,
} as const;

export const VERB_NAMES = Object.keys(VERB_CLASSES) as (keyof typeof VERB_CLASSES)[];

/** What the call does where neither the request nor the configuration says: the guide's own example. */
export const GUIDE_THEN: readonly Verb[] = [plainToInstance(SayVerb, { say: 'Stopping stream' })];
