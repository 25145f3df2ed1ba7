import { ValidationPipe } from '@nestjs/common';
import type { ArgumentMetadata, PipeTransform, Type } from '@nestjs/common';
import { InvalidBodyError } from '../http/body/invalid-body.error.js';
import { ApiError } from '../http/problems/api-error.js';
import { HTTP_PROBLEMS } from '../http/problems/http-problems.js';
import { invalidQuery } from './invalid-query.error.js';
import { faultsOf, WHOLE_OBJECT } from './faults.js';
import { faultInJson } from './json-bounds.js';

const VALIDATION = new ValidationPipe({
  whitelist: true,
  forbidNonWhitelisted: true,
  transform: true,
  stopAtFirstError: true,
  exceptionFactory: (errors) => new InvalidBodyError(faultsOf(errors)),
});

const OPTIONAL = new WeakSet<object>();

/** A body of this class may be absent, which means the same as `{}`. */
export const OptionalBody = (): ClassDecorator => (dto) => void OPTIONAL.add(dto);

/**
 * Turns each body, and each query that has a DTO class, into an instance of it. A body that is declared `object` is
 * passed on.
 */
export class RequestPipe implements PipeTransform {
  /**
   * @throws {InvalidBodyError}
   * @throws {ApiError} `bad_request`: the body is absent or empty
   * @throws {ApiError} `invalid_query`
   */
  transform(given: unknown, { type, metatype = Object }: ArgumentMetadata): unknown {
    if (type === 'query' && metatype !== Object) return validQuery(metatype, given as object);
    if (type !== 'body') return given;
    const value = given ?? (OPTIONAL.has(metatype) ? {} : given);
    if (value === undefined) throw new ApiError(HTTP_PROBLEMS.bad_request, 'the body is empty');
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new InvalidBodyError([{ field: WHOLE_OBJECT, message: 'the body must be a JSON object' }]);
    return metatype === Object ? value : validInstance(metatype, value);
  }
}

/** @throws {InvalidBodyError} names every field that is wrong */
export async function validInstance<T extends object>(dto: Type<T>, value: unknown): Promise<T> {
  const fault = faultInJson(value);
  if (fault !== null) throw new InvalidBodyError([fault]);
  return (await VALIDATION.transform(value, { type: 'body', metatype: dto })) as T;
}

async function validQuery<T extends object>(dto: Type<T>, query: object): Promise<T> {
  try {
    return await validInstance(dto, { ...query });
  } catch (error) {
    throw error instanceof InvalidBodyError ? invalidQuery(error.faults) : error;
  }
}
