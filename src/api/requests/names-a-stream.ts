import { applyDecorators } from '@nestjs/common';
import { ValidateBy, ValidateIf } from 'class-validator';
import { NullMeansAbsent } from '../../platform/validation/optional.js';

interface Naming {
  readonly streamName?: unknown;
  readonly streamSid?: unknown;
  readonly streamNames?: unknown;
}

/** The field may be absent if another field says which stream is meant. */
export const NamesAStream = (): PropertyDecorator =>
  applyDecorators(
    NullMeansAbsent(),
    ValidateIf(
      ({ streamName, streamSid, streamNames }: Naming) =>
        streamName !== undefined || (streamSid === undefined && streamNames === undefined),
    ),
    ValidateBy({
      name: 'namesAStream',
      validator: {
        validate: (value: unknown) => value !== undefined,
        defaultMessage: () => 'streamName is required, or streamSid or streamNames instead',
      },
    }),
  );
