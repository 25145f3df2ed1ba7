import { ValidationPipe } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { faultsOf } from '../validation/faults.js';
import { InvalidBodyError } from './invalid-body.error.js';

/** No body of the API is nested half as deep. */
const MAX_DEPTH = 8;

/** Refuses what class-transformer cannot cope with, or passes over. */
class PlainBodyPipe implements PipeTransform {
  transform(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const faults = Object.entries(value).flatMap(([field, child]) => {
      // It takes `constructor`, `toString` and their like for the class's own.
      if (field in Object.prototype) return [{ field, message: `${field} is not a known field; remove it` }];
      // Its recursion would exhaust the stack.
      if (isDeeperThan(MAX_DEPTH, child)) {
        return [{ field, message: `${field} must be nested at most ${MAX_DEPTH} levels deep` }];
      }
      return [];
    });
    if (faults.length > 0) throw new InvalidBodyError(faults);
    return value;
  }
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => isDeeperThan(levels - 1, child));
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
