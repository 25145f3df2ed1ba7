import { isAbsolute } from 'node:path';
import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';
import type { ValidationArguments } from 'class-validator';
import { environmentVariable } from '../config/environment.js';
import { readTextFile } from './text-file.js';
import { UnreadableFileError } from './projects.errors.js';

const MAX_SECRET_BYTES = 4096;

/** Takes the place of a credential that could not be read, so that validation reports it. */
class Missing {
  constructor(readonly reason: string) {}
}

/** @param source the credential itself, `{"env": "NAME"}` or `{"file": "/path"}` */
function fetched(source: unknown): unknown {
  if (typeof source !== 'object' || source === null) return source;
  const [[kind, name] = [], ...more] = Object.entries(source) as [string, unknown][];
  if (typeof name !== 'string' || more.length > 0) return source;
  if (kind === 'env') return environmentVariable(name) ?? new Missing('names a variable that is not set');
  return kind === 'file' ? secretIn(name) : source;
}

function secretIn(path: string): string | Missing {
  if (!isAbsolute(path)) return new Missing('must name its file by an absolute path');
  try {
    return readTextFile(path, MAX_SECRET_BYTES).replace(/[\r\n]+$/, '');
  } catch (error) {
    if (error instanceof UnreadableFileError) return new Missing(`names a file that ${error.message}`);
    throw error;
  }
}

/**
 * A credential: a text, or the name of a variable or of a file that contains it. Errors quote neither name, because
 * somebody may have written the secret there.
 */
export const IsCredential = (form: RegExp, description: string): PropertyDecorator =>
  credential(fetched, form, `must be ${description}, or {"env": "NAME"}, or {"file": "/path"}`);

/** The same where the credential itself may not stand in the file. */
export const IsCredentialElsewhere = (form: RegExp, description: string): PropertyDecorator =>
  credential(
    (source) => (typeof source === 'string' ? null : fetched(source)),
    form,
    `must be {"env": "NAME"} or {"file": "/path"}, which holds ${description}`,
  );

function credential(read: (source: unknown) => unknown, form: RegExp, rule: string): PropertyDecorator {
  const faultOf = ({ value, property }: ValidationArguments): string =>
    `${property} ${value instanceof Missing ? value.reason : rule}`;
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => read(value)),
    ValidateBy({
      name: 'isCredential',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && form.test(value),
        defaultMessage: (args) => (args === undefined ? rule : faultOf(args)),
      },
    }),
  );
}
