import { BadRequestException, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from '@nestjs/common';

export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

function fieldFaults(errors: readonly ValidationError[], parent = ''): FieldFault[] {
  return errors.flatMap((error) => {
    const field = `${parent}${error.property}`;
    const own = Object.values(error.constraints ?? {}).map((message) => ({ field, message }));
    return [...own, ...fieldFaults(error.children ?? [], `${field}.`)];
  });
}

/** Refuses unknown and wrong fields with 400, and names every one with its reason. */
export const controlPipe = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  exceptionFactory: (errors) =>
    new BadRequestException({ statusCode: 400, message: 'Bad input', errors: fieldFaults(errors) }),
});
