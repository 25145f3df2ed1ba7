import { Transform } from 'class-transformer';
import { ValidateIf } from 'class-validator';

/** The field may be absent, and `null` means absent. */
export const Optional = (): PropertyDecorator => (target, property) => {
  NullMeansAbsent()(target, property);
  ValidateIf((_, value) => value !== undefined)(target, property);
};

export const NullMeansAbsent = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (value === null ? undefined : value));
