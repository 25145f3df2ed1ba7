import { ValidationPipe } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { faultsOf, pathOf } from '../validation/faults.js';
import type { Fault } from '../validation/faults.js';
import { InvalidBodyError } from './invalid-body.error.js';

/** No body of the API is nested half as deep; deep recursion would exhaust the stack of class-transformer. */
const MAX_DEPTH = 8;

/** class-transformer takes these for the class's own and does not report them as unknown. */
const PASSED_OVER = new Set(['prototype', ...Object.getOwnPropertyNames(Object.prototype)]);

/** Refuses what class-transformer cannot cope with, or passes over. */
class PlainBodyPipe implements PipeTransform {
  transform(value: unknown): unknown {
    const faults = faultsIn(value, '', 0);
    if (faults.length > 0) throw new InvalidBodyError(faults);
    return value;
  }
}

function faultsIn(value: unknown, path: string, depth: number): Fault[] {
  if (typeof value !== 'object' || value === null) return [];
  if (depth > MAX_DEPTH)
    return [{ field: path, message: `${path} is nested more than ${MAX_DEPTH} levels deep` }];
  return Object.entries(value).flatMap(([key, child]) => {
    const field = pathOf(path, key);
    return PASSED_OVER.has(key)
      ? [{ field, message: `${key} is not a known field; remove it` }]
      : faultsIn(child, field, depth + 1);
  });
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
