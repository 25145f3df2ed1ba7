import { ValidateIf } from 'class-validator';

/** The field may be absent. Unlike `IsOptional`, `null` is not taken for absence: it is a wrong type. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);
