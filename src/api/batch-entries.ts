import { ApiProperty } from '@nestjs/swagger';
import { InvalidBodyError } from '../platform/http/invalid-body.error.js';
import { unknownField } from '../platform/validation/json-bounds.js';
import { CreateCancellationDto } from './create-cancellation.dto.js';

export const MAX_BATCH_ENTRIES = 1000;

/** Of the whole body: so many entries of a kilobyte each. */
export const MAX_BATCH_BYTES = 1_048_576;

/** The body of `POST /cancellations/batch`, as OpenAPI has it. */
export class CreateBatchDto {
  @ApiProperty({
    type: [CreateCancellationDto],
    minItems: 1,
    maxItems: MAX_BATCH_ENTRIES,
    description: 'each as the body of `POST /cancellations`, but without `streamNames`',
  })
  readonly cancellations: readonly CreateCancellationDto[];
}

/**
 * The entries of a batch as they came: what is wrong with one is its own affair.
 *
 * @throws {InvalidBodyError} the body is no batch
 */
export function entriesIn(body: unknown): readonly unknown[] {
  const fields = typeof body === 'object' && body !== null ? body : {};
  const { cancellations, ...others } = fields as { readonly cancellations?: unknown };
  const faults = Object.keys(others).map((name) => unknownField(name));
  if (!Array.isArray(cancellations) || cancellations.length === 0 || cancellations.length > MAX_BATCH_ENTRIES)
    faults.push({
      field: 'cancellations',
      message: `cancellations must be a list of 1 to ${MAX_BATCH_ENTRIES} requests, each as the body of POST /cancellations`,
    });
  if (faults.length > 0) throw new InvalidBodyError(faults);
  return cancellations as readonly unknown[];
}

/** @throws {InvalidBodyError} the entry is for several streams, and its item would be a list */
export function refuseSeveral({ streamNames }: CreateCancellationDto): void {
  if (streamNames === undefined) return;
  throw new InvalidBodyError([
    {
      field: 'streamNames',
      message:
        'streamNames must be left out in a batch: name each stream in an entry of its own, or send the request to POST /cancellations',
    },
  ]);
}
