import { ApiProperty } from '@nestjs/swagger';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { InvalidBodyError } from '../../platform/http/body/invalid-body.error.js';
import { inSlices } from '../../platform/in-slices.js';
import { validInstance } from '../../platform/validation/request-validation.js';
import { unknownField } from '../../platform/validation/json-bounds.js';
import { CreateCancellationDto } from './create-cancellation.dto.js';

export const MAX_BATCH_ENTRIES = 1000;

/** The limit of the whole body: a kilobyte per entry. */
export const MAX_BATCH_BYTES = 1_048_576;

/** The body of `POST /cancellations/batch`, for OpenAPI. */
export class CreateBatchDto {
  @ApiProperty({
    type: [CreateCancellationDto],
    minItems: 1,
    maxItems: MAX_BATCH_ENTRIES,
    description: 'each is a body of `POST /cancellations`, but without `streamNames`',
  })
  readonly cancellations: readonly CreateCancellationDto[];
}

/**
 * The requests of a batch, in order, each validated on its own: an invalid one is an error in its place.
 *
 * @throws {InvalidBodyError} the body is not a batch
 */
export async function requestsIn(body: object): Promise<(CreateCancellationDto | ApiError)[]> {
  return inSlices(entriesIn(body), requestIn);
}

/** @throws {InvalidBodyError} */
export function entriesIn(body: object): readonly unknown[] {
  const { cancellations, ...others } = body as { readonly cancellations?: unknown };
  const faults = Object.keys(others).map((name) => unknownField(name));
  if (!Array.isArray(cancellations) || cancellations.length === 0 || cancellations.length > MAX_BATCH_ENTRIES)
    faults.push({
      field: 'cancellations',
      message: `cancellations must be a list of 1 to ${MAX_BATCH_ENTRIES} requests, each as the body of POST /cancellations`,
    });
  if (faults.length > 0) throw new InvalidBodyError(faults);
  return cancellations as readonly unknown[];
}

async function requestIn(entry: unknown): Promise<CreateCancellationDto | ApiError> {
  try {
    const request = await validInstance(CreateCancellationDto, entry);
    return request.streamNames === undefined ? request : new InvalidBodyError([NO_STREAM_NAMES]);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

/** The item of such an entry would be a list. */
const NO_STREAM_NAMES = {
  field: 'streamNames',
  message:
    'streamNames must be left out in a batch: name each stream in an entry of its own, or send the request to POST /cancellations',
};
