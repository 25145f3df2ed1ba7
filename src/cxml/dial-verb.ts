import { ValidateBy } from 'class-validator';
import type { ValidationArguments } from 'class-validator';
import { OnlyXmlCharacters } from '../platform/validation/is-xml-text.js';
import { Optional } from '../platform/validation/optional.js';
import { IsVerbUrl } from './is-verb-url.js';

/** A plus sign, the country code and the number: at most 15 digits (https://www.itu.int/rec/T-REC-E.164). */
const E164 = /^\+[1-9]\d{1,14}$/;

/** SignalWire documents no limit; this is Twilio's. */
export const MAX_SIP_LENGTH = 255;

/**
 * The SIP and SIPS URIs of RFC 3261, section 25.1, without passwords, which do not belong in a link. Parameters and
 * headers are allowed, as in https://signalwire.com/docs/compatibility-api/cxml/reference/voice/sip
 */
const SIP =
  /^sips?:(?:(?:[\w.!~*'()&=+$,;?/-]|%[0-9a-f]{2})+@)?(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:;[\w.!~*'()[\]/:&+$%=-]+)*(?:\?[\w.!~*'()[\]/?:+$%=&-]+)?$/i;

/** Our own limit. */
export const MAX_CALLER_ID_LENGTH = 64;

/** The characters that SignalWire's `<Sip>` accepts in a caller ID. */
const SIP_CALLER_ID = new RegExp(`^[A-Za-z0-9+_.,-]{1,${MAX_CALLER_ID_LENGTH}}$`);

const isNumber = (value: unknown): boolean => typeof value === 'string' && E164.test(value);

/** Whether to dial it with `<Sip>` rather than as a number. */
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
 * `<Dial>` accepts only E.164, and a call to a number fails with any other caller ID. `<Sip>` also accepts names
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
        (dialsSip(args) ? `, or 1 to ${MAX_CALLER_ID_LENGTH} letters, digits or any of + - _ . ,` : ''),
    },
  });

/** Connects the call to another party until one of the two hangs up. */
export class DialVerb {
  /** A number in E.164 form, or a `sip:` or `sips:` URI without a password. */
  @IsDialled()
  @OnlyXmlCharacters()
  readonly dial: string;

  /** What the other party sees. SignalWire accepts only numbers that the project has bought or verified. */
  @Optional()
  @IsCallerId()
  @OnlyXmlCharacters()
  readonly callerId?: string;

  /** The document with which the call continues when the other party is gone. */
  @Optional()
  @IsVerbUrl('https://example.com/after')
  readonly action?: string;
}
