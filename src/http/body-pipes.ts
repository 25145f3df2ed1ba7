import { ValidationPipe } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { faultsOf } from '../validation/faults.js';
import { faultsInJson } from '../validation/plain-json.js';
import { InvalidBodyError } from './invalid-body.error.js';

/** Refuses what class-transformer cannot cope with, or passes over. */
class PlainBodyPipe implements PipeTransform {
  transform(value: unknown): unknown {
    const faults = faultsInJson(value);
    if (faults.length > 0) throw new InvalidBodyError(faults);
    return value;
  }
}

/** Takes the fields that a body's class declares and no others. */
export const bodyPipes = (): PipeTransform[] => [
  new PlainBodyPipe(),
  new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: true,
    exceptionFactory: (errors) => new InvalidBodyError(faultsOf(errors)),
  }),
];
