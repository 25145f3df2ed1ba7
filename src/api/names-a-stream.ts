import { applyDecorators } from '@nestjs/common';
import { ValidateBy, ValidateIf } from 'class-validator';

interface Naming {
  readonly streamName?: unknown;
  readonly streamSid?: unknown;
  readonly streamNames?: unknown;
}

/** The field may be absent where another one says which stream is meant. */
export const NamesAStream = (): PropertyDecorator =>
  applyDecorators(
    ValidateIf(
      ({ streamName, streamSid, streamNames }: Naming) =>
        streamName !== undefined || (streamSid === undefined && streamNames === undefined),
    ),
    ValidateBy({
      name: 'namesAStream',
      validator: {
        validate: (value: unknown) => value !== undefined,
        defaultMessage: () => 'streamName is required, or streamSid or streamNames in its place',
      },
    }),
  );
