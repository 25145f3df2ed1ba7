import { ValidationPipe } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { faultsOf, pathOf } from '../validation/faults.js';
import type { Fault } from '../validation/faults.js';
import { isPassedOver } from '../validation/passed-over.js';
import { cut } from './cut.js';
import { InvalidBodyError } from './invalid-body.error.js';

/** No body of the API is nested half as deep; deep recursion would exhaust the stack of class-transformer. */
const MAX_DEPTH = 8;

/** No field has so long a name; one that does is not repeated whole in the answer. */
const MAX_NAME_LENGTH = 100;

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
    const name = cut(key, MAX_NAME_LENGTH);
    const field = pathOf(path, name);
    return name !== key || isPassedOver(key)
      ? [{ field, message: `${name} is not a known field; remove it` }]
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
