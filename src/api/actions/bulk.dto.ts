import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { InvalidBodyError } from '../../platform/http/body/invalid-body.error.js';
import { Optional } from '../../platform/validation/optional.js';
import type { ListFilter } from '../../queue/listing/filter.js';
import { CancellationFilter, listFilterOf } from '../lists/filter.dto.js';

/** How many one request handles. */
export const MOST_AT_ONCE = 1000;

/** The body of `POST /cancellations/retry` and `POST /cancellations/withdraw`. */
export class BulkRequest extends CancellationFilter {
  @ApiPropertyOptional({ description: 'needed where no other field is given' })
  @Optional()
  @IsBoolean({ message: '$property must be true or false' })
  readonly all?: boolean;

  @ApiPropertyOptional({ description: 'only counts what matches' })
  @Optional()
  @IsBoolean({ message: '$property must be true or false' })
  readonly dryRun?: boolean;
}

export class BulkResult {
  @ApiProperty({ description: 'how many matched before' })
  readonly matched: number;

  @ApiPropertyOptional({ description: 'how many were withdrawn, or queued again' })
  readonly done: number;

  @ApiPropertyOptional({ description: 'how many could not be: they have changed meanwhile' })
  readonly skipped: number;

  @ApiPropertyOptional({
    description: `how many are left, because one request handles ${MOST_AT_ONCE}; send it again`,
  })
  readonly remaining?: number;
}

/**
 * The cancellations that a bulk request means.
 *
 * @param statuses those that the action can be done to
 * @throws {InvalidBodyError} it names none, and does not say that it means all
 */
export function bulkFilterOf(request: BulkRequest, statuses: NonNullable<ListFilter['status']>): ListFilter {
  const { all, dryRun: _, ...fields } = request;
  const filter = listFilterOf(fields);
  // Nearly everything was not retried.
  const { isRetried: __, ...narrower } = filter;
  const isEmpty = Object.values(narrower).every((value) => value === undefined);
  if (isEmpty && all !== true)
    throw new InvalidBodyError([
      {
        field: 'all',
        message:
          'give a filter, such as callSid or createdAfter; or say "all": true to mean every cancellation',
      },
    ]);
  return { ...filter, status: filter.status?.filter((status) => statuses.includes(status)) ?? statuses };
}
