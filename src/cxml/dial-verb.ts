import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import type { ValidationArguments } from 'class-validator';
import { OnlyXmlCharacters } from '../platform/validation/is-xml-text.js';
import { Optional } from '../platform/validation/optional.js';
import { IsVerbUrl, MAX_URL_LENGTH } from './is-verb-url.js';

/** A plus sign, then the country code and all that follows, 15 digits at most (https://www.itu.int/rec/T-REC-E.164). */
const E164 = /^\+[1-9]\d{1,14}$/;

/** SignalWire documents no limit; this one is Twilio's. */
const MAX_SIP_LENGTH = 255;

/**
 * The SIP and SIPS URIs of RFC 3261, section 25.1, but for a password, which is not to stand in a link. Parameters and
 * headers may follow, as in https://signalwire.com/docs/compatibility-api/cxml/reference/voice/sip
 */
const SIP =
  /^sips?:(?:(?:[\w.!~*'()&=+$,;?/-]|%[0-9a-f]{2})+@)?(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:;[\w.!~*'()[\]/:&+$%=-]+)*(?:\?[\w.!~*'()[\]/?:+$%=&-]+)?$/i;

/** What SignalWire's `<Sip>` takes for a caller ID; that it is bounded is our rule. */
const SIP_CALLER_ID = /^[A-Za-z0-9+_.,-]{1,64}$/;

const isNumber = (value: unknown): boolean => typeof value === 'string' && E164.test(value);

/** Whether it is dialled by `<Sip>` and not as a number. */
export const isSipAddress = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_SIP_LENGTH && SIP.test(value);

const dialsSip = (args: ValidationArguments | undefined): boolean =>
  isSipAddress((args?.object as DialVerb | undefined)?.dial);

const IsDialled = () =>
  ValidateBy({
    name: 'isDialled',
    validator: {
      validate: (value: unknown) => isNumber(value) || isSipAddress(value),
      defaultMessage: (args) =>
        `${args?.property} must be a number in E.164 form, such as +15551234567, or a SIP URI of at most ` +
        `${MAX_SIP_LENGTH} characters without a password, such as sip:alice@example.com`,
    },
  });

/**
 * `<Dial>` takes E.164 alone, and the call to a number fails with any other caller ID; `<Sip>` takes names too
 * (https://signalwire.com/docs/compatibility-api/cxml/reference/voice/sip).
 */
const IsCallerId = () =>
  ValidateBy({
    name: 'isCallerId',
    validator: {
      validate: (value: unknown, args) =>
        isNumber(value) || (dialsSip(args) && typeof value === 'string' && SIP_CALLER_ID.test(value)),
      defaultMessage: (args) =>
        `${args?.property} must be a number in E.164 form, such as +15551234567` +
        (dialsSip(args) ? ', or 1 to 64 letters, digits or any of + - _ . ,' : ''),
    },
  });

/** Connects the call to another party until one of the two hangs up. */
export class DialVerb {
  @ApiProperty({
    maxLength: MAX_SIP_LENGTH,
    description: 'a number in E.164 form, or a `sip:` or `sips:` URI without a password',
    example: '+15551234567',
  })
  @IsDialled()
  @OnlyXmlCharacters()
  readonly dial: string;

  @ApiPropertyOptional({
    maxLength: 64,
    description:
      'whom the other party sees: a number in E.164 form that the project has bought or verified; towards a SIP URI also letters, digits and any of + - _ . ,',
  })
  @Optional()
  @IsCallerId()
  @OnlyXmlCharacters()
  readonly callerId?: string;

  @ApiPropertyOptional({
    format: 'uri',
    maxLength: MAX_URL_LENGTH,
    description: 'the document that the call goes on with once the other party is gone',
  })
  @Optional()
  @IsVerbUrl('https://example.com/after')
  readonly action?: string;
}
