import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { plainToInstance } from 'class-transformer';
import { Equals, IsIn, IsInt, Matches, Max, Min } from 'class-validator';
import { IsXmlText, OnlyXmlCharacters } from '../platform/validation/is-xml-text.js';
import { Optional } from '../platform/validation/optional.js';
import { DialVerb } from './dial-verb.js';
import { IsVerbUrl, MAX_URL_LENGTH } from './is-verb-url.js';

/** SignalWire's limit (https://signalwire.com/docs/compatibility-api/cxml/reference/voice/say). */
const MAX_SAY_LENGTH = 4096;
const MAX_PAUSE_SECONDS = 3600;

/** SignalWire's rule for the names of queues (`FriendlyName` of its REST API); that it ends at 64 is Twilio's. */
const QUEUE_NAME = /^\w{1,64}$/;

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

/** Plays an audio file to the caller. */
export class PlayVerb {
  @ApiProperty({ format: 'uri', maxLength: MAX_URL_LENGTH })
  @IsVerbUrl('https://example.com/bye.mp3')
  readonly play: string;
}

/** Hands the call over to another document, and never returns. */
export class RedirectVerb {
  @ApiProperty({ format: 'uri', maxLength: MAX_URL_LENGTH })
  @IsVerbUrl('https://example.com/flow')
  readonly redirect: string;

  @ApiPropertyOptional({ enum: ['GET', 'POST'] })
  @Optional()
  @IsIn(['GET', 'POST'], { message: '$property must be GET or POST' })
  readonly method?: 'GET' | 'POST';
}

/** Puts the call on hold in a queue, which SignalWire makes if there is none of that name. */
export class EnqueueVerb {
  @ApiProperty({ pattern: QUEUE_NAME.source, example: 'support' })
  @Matches(QUEUE_NAME, {
    message: '$property must be the name of a queue: 1 to 64 letters, digits or _, such as support',
  })
  @OnlyXmlCharacters()
  readonly enqueue: string;
}

/** Ends the call. */
export class HangupVerb {
  @ApiProperty({ enum: [true] })
  @Equals(true, { message: '$property must be true' })
  readonly hangup: true;
}

/** One step of what the call does after the stop. */
export type Verb = SayVerb | PlayVerb | PauseVerb | RedirectVerb | DialVerb | EnqueueVerb | HangupVerb;

/** The classes by the field that names the verb, in the order in which an error lists them. */
export const VERB_CLASSES = {
  say: SayVerb,
  play: PlayVerb,
  pause: PauseVerb,
  redirect: RedirectVerb,
  dial: DialVerb,
  enqueue: EnqueueVerb,
  hangup: HangupVerb,
} as const;

export const VERB_NAMES = Object.keys(VERB_CLASSES) as (keyof typeof VERB_CLASSES)[];

/** What the call does where neither the request nor the configuration says: the guide's own example. */
export const GUIDE_THEN: readonly Verb[] = [plainToInstance(SayVerb, { say: 'Stopping stream' })];
