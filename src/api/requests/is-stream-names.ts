import { ValidateBy } from 'class-validator';
import { hasLength, illegalXmlCharacter } from '../../platform/validation/is-xml-text.js';
import { isStreamName, MAX_STREAM_NAME_LENGTH } from '../../cancellation/identifiers.js';

/** Means all streams of the call that are known to be running. */
export const ALL = 'all';

export const MAX_STREAM_NAMES = 20;

const RULE = `must be "${ALL}" or a list of 1 to ${MAX_STREAM_NAMES} different names`;

/** What is wrong with `streamNames`; null if it is valid. */
export function faultInStreamNames(value: unknown): string | null {
  if (value === ALL) return null;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_STREAM_NAMES) return RULE;
  const names: unknown[] = value;
  const index = names.findIndex((name) => !isStreamName(name));
  if (index >= 0) return `${RULE}; number ${index + 1} ${faultInName(names[index])}`;
  const repeated = names.findIndex((name, at) => names.indexOf(name) < at);
  return repeated < 0 ? null : `${RULE}; number ${repeated + 1} is a repetition`;
}

function faultInName(name: unknown): string {
  const illegal =
    typeof name === 'string' && hasLength(name, 0, MAX_STREAM_NAME_LENGTH) ? illegalXmlCharacter(name) : null;
  return illegal === null
    ? `is not a string of 1 to ${MAX_STREAM_NAME_LENGTH} characters`
    : `has the character ${illegal}, which XML 1.0 cannot carry`;
}

export const IsStreamNames = (): PropertyDecorator =>
  ValidateBy({
    name: 'isStreamNames',
    validator: {
      validate: (value: unknown) => faultInStreamNames(value) === null,
      defaultMessage: (args) => `${args?.property} ${faultInStreamNames(args?.value)}`,
    },
  });
