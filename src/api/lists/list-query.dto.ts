import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Matches, Max, Min } from 'class-validator';
import { Optional } from '../../platform/validation/optional.js';
import { NEWEST } from '../../queue/listing/lists.js';
import { CancellationFilter } from './filter.dto.js';

const DEFAULT_LIMIT = 50;
export const MOST_LISTED = 200;

const LIMIT = { message: `$property must be a whole number from 1 to ${MOST_LISTED}` };

/** A place in the list. Opaque to clients. */
const CURSOR = /^p[0-9a-z]{1,10}$/;

/** The query of `GET /cancellations`. */
export class ListQuery extends CancellationFilter {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MOST_LISTED,
    default: DEFAULT_LIMIT,
    description: 'how many items a page has at most',
  })
  @Max(MOST_LISTED, LIMIT)
  @Min(1, LIMIT)
  @IsInt(LIMIT)
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
  )
  readonly limit: number = DEFAULT_LIMIT;

  @ApiPropertyOptional({ pattern: CURSOR.source, description: '`nextCursor` of the page before' })
  @Optional()
  @Matches(CURSOR, { message: '$property must be the nextCursor of an earlier page' })
  readonly cursor?: string;
}

export const cursorOf = (place: number | null): string | null =>
  place === null ? null : `p${place.toString(36)}`;

export const placeOf = (cursor: string | undefined): number =>
  cursor === undefined ? NEWEST : Number.parseInt(cursor.slice(1), 36);
