import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsBoolean, IsIn, IsISO8601, IsRFC3339, Matches } from 'class-validator';
import type { Caller } from '../../access/caller.js';
import { CALL_SID, IsStreamName, MAX_STREAM_NAME_LENGTH } from '../../cancellation/identifiers.js';
import { EVIDENCE_LEVELS, STATUSES } from '../../cancellation/view.js';
import type { CancellationView } from '../../cancellation/view.js';
import { FAILURE_CODES } from '../../cancellation/vocabulary.js';
import type { FailureCode } from '../../cancellation/vocabulary.js';
import { Optional } from '../../platform/validation/optional.js';
import { PROJECT_NAME } from '../../projects/project.js';
import type { ListFilter } from '../../queue/listing/filter.js';

const MOST_VALUES = 20;

const TIME = {
  message:
    '$property must be a time with its zone, as in RFC 3339, such as `2026-01-31T09:00:00Z`; in a query, + is written %2B',
};

/** RFC 3339 alone would allow 30 February, and ISO 8601 alone has forms that `Date.parse` does not read. */
const IsTime = (): PropertyDecorator =>
  applyDecorators(IsRFC3339(TIME), IsISO8601({ strict: true, strictSeparator: true }, TIME));

/** `failed,expired`, a list, or a parameter that is given several times. */
const Several = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (value === undefined || value === null) return undefined;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.flatMap((one) => (typeof one === 'string' ? one.split(',') : [one]));
  });

const SEPARATED = 'several are separated by commas';

/** One or several values of a vocabulary. */
const AnyOf = (values: readonly string[], description: string): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ enum: values, isArray: true, description: `${description}; ${SEPARATED}` }),
    IsIn(values, { each: true, message: `$property must be one or more of ${values.join(', ')}` }),
    Optional(),
    Several(),
  );

const AnyName = (description: string): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: [String], description: `${description}; ${SEPARATED}` }),
    Matches(PROJECT_NAME, {
      each: true,
      message: '$property has names of 1 to 64 letters, digits or any of _ . -',
    }),
    ArrayMaxSize(MOST_VALUES, { message: `$property has at most ${MOST_VALUES} names` }),
    Optional(),
    Several(),
  );

/** Which cancellations are meant: those that match every field that is given. */
export class CancellationFilter {
  @AnyOf(STATUSES, 'the status')
  readonly status?: readonly CancellationView['status'][];

  @ApiPropertyOptional({ pattern: CALL_SID.source, description: 'the call' })
  @Optional()
  @Matches(CALL_SID, { message: '$property must be the SID of a call: 1 to 64 letters, digits, - or _' })
  readonly callSid?: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: MAX_STREAM_NAME_LENGTH, description: "the stream's name" })
  @Optional()
  @IsStreamName()
  readonly streamName?: string;

  @AnyName('the SignalWire project')
  readonly project?: readonly string[];

  @AnyOf([...FAILURE_CODES, 'none'], '`failure.code`; `none`: it has no code')
  readonly failureCode?: readonly (FailureCode | 'none')[];

  @AnyOf(EVIDENCE_LEVELS, 'the evidence')
  readonly evidence?: readonly CancellationView['evidence'][];

  @AnyName('the name of the API key of the request')
  readonly requestedBy?: readonly string[];

  @ApiPropertyOptional({ format: 'date-time', description: 'accepted then or later' })
  @Optional()
  @IsTime()
  readonly createdAfter?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'accepted before' })
  @Optional()
  @IsTime()
  readonly createdBefore?: string;

  @ApiPropertyOptional({ type: Boolean, description: 'whether it was retried' })
  @Optional()
  @IsBoolean({ message: '$property must be true or false' })
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  readonly retried?: boolean;
}

export const listFilterOf = ({
  createdAfter,
  createdBefore,
  retried,
  ...others
}: CancellationFilter): ListFilter => ({
  ...others,
  ...(retried !== undefined && { isRetried: retried }),
  ...(createdAfter !== undefined && { createdAfter: Date.parse(createdAfter) }),
  ...(createdBefore !== undefined && { createdBefore: Date.parse(createdBefore) }),
});

/** Of these, the cancellations of projects that the caller may know of. */
export function knownTo(caller: Caller | null, filter: ListFilter): ListFilter {
  const projects = caller?.projects ?? null;
  if (projects === null) return filter;
  return { ...filter, project: filter.project?.filter((name) => projects.has(name)) ?? [...projects] };
}
