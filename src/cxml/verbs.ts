import { plainToInstance } from 'class-transformer';
import { Equals, IsIn, IsInt, Matches, Max, Min } from 'class-validator';
import { IsXmlText, OnlyXmlCharacters } from '../platform/validation/is-xml-text.js';
import { Optional } from '../platform/validation/optional.js';
import { DialVerb } from './dial-verb.js';
import { IsVerbUrl } from './is-verb-url.js';

/** SignalWire's limit (https://signalwire.com/docs/compatibility-api/cxml/reference/voice/say). */
export const MAX_SAY_LENGTH = 4096;

/** Our own limit, for the names of voices and languages. */
export const MAX_VOICE_LENGTH = 64;

/** Our own limit: SignalWire documents none. */
export const MAX_PAUSE_SECONDS = 3600;

/** SignalWire's rule for the `FriendlyName` of a queue in its REST API. The limit of 64 is Twilio's. */
export const QUEUE_NAME = /^\w{1,64}$/;

export const REDIRECT_METHODS = ['GET', 'POST'] as const;

export class SayVerb {
  @IsXmlText(1, MAX_SAY_LENGTH)
  readonly say: string;

  @Optional()
  @IsXmlText(1, MAX_VOICE_LENGTH)
  readonly voice?: string;

  @Optional()
  @IsXmlText(1, MAX_VOICE_LENGTH)
  readonly language?: string;
}

const PAUSE_RANGE = { message: `$property must be a whole number of seconds from 1 to ${MAX_PAUSE_SECONDS}` };

/** Keeps the call in silence. */
export class PauseVerb {
  /** Seconds. */
  @IsInt(PAUSE_RANGE)
  @Min(1, PAUSE_RANGE)
  @Max(MAX_PAUSE_SECONDS, PAUSE_RANGE)
  readonly pause: number;
}

export class PlayVerb {
  @IsVerbUrl('https://example.com/bye.mp3')
  readonly play: string;
}

/** Hands the call over to another document and never returns. */
export class RedirectVerb {
  @IsVerbUrl('https://example.com/flow')
  readonly redirect: string;

  @Optional()
  @IsIn(REDIRECT_METHODS, { message: '$property must be GET or POST' })
  readonly method?: (typeof REDIRECT_METHODS)[number];
}

/** Puts the call on hold in a queue. SignalWire creates the queue if there is none of that name. */
export class EnqueueVerb {
  @Matches(QUEUE_NAME, {
    message: '$property must be the name of a queue: 1 to 64 letters, digits or _, such as support',
  })
  @OnlyXmlCharacters()
  readonly enqueue: string;
}

export class HangupVerb {
  @Equals(true, { message: '$property must be true' })
  readonly hangup: true;
}

/** One step of what the call does after the stop. */
export type Verb = SayVerb | PlayVerb | PauseVerb | RedirectVerb | DialVerb | EnqueueVerb | HangupVerb;

/** Each verb's class by the field that names the verb, in the order in which errors list them. */
export const VERB_CLASSES = {
  say: SayVerb,
  play: PlayVerb,
  pause: PauseVerb,
  redirect: RedirectVerb,
  dial: DialVerb,
  enqueue: EnqueueVerb,
  hangup: HangupVerb,
} as const;

export type VerbName = keyof typeof VERB_CLASSES;

export const VERB_NAMES = Object.keys(VERB_CLASSES) as VerbName[];

/** The default where neither the request nor the configuration sets `then`: the example of SignalWire's guide. */
export const GUIDE_THEN: readonly Verb[] = [plainToInstance(SayVerb, { say: 'Stopping stream' })];
