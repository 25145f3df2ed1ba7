import { plainToInstance } from 'class-transformer';
import type { ClassConstructor } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import { readSecretFiles } from './secret-files.js';
import type { SecretFiles } from './secret-files.js';
import { faultLine, faultsOf } from '../platform/validation/faults.js';

/** Variables are missing or wrong; the message names all of them and shows no values. */
export class InvalidEnvironmentError extends Error {
  override readonly name = 'InvalidEnvironmentError';

  constructor(readonly faults: readonly string[]) {
    super(`Invalid environment:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/**
 * Reads the variables that `type` declares. An empty variable counts as unset, because Compose passes unset variables
 * as empty strings.
 *
 * @throws {InvalidEnvironmentError} names all faults at once
 */
export function readEnvironment<T extends object>(
  type: ClassConstructor<T>,
  source: NodeJS.ProcessEnv = process.env,
): T {
  const declared = variablesOf(type);
  const { values, faults } = declared.has('LINK_SECRET_FILE') ? readSecretFiles(source) : NO_FILES;
  const given = Object.fromEntries(
    Object.entries({ ...withUpperCase(source), ...values }).filter(
      ([name, value]) => declared.has(name) && value !== '',
    ),
  );
  const environment = plainToInstance(type, given, { exposeDefaultValues: true });
  // An unknown field here is part of a value, such as a misspelled verb: other programs' variables were removed above.
  const errors = validateSync(environment, {
    forbidUnknownValues: false,
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: true,
  });
  if (errors.length > 0 || faults.length > 0) {
    throw new InvalidEnvironmentError([...faults, ...faultsOf(errors).map(faultLine)]);
  }
  return environment;
}

const NO_FILES: SecretFiles = { values: {}, faults: [] };

/** Most programs read these in both forms. */
export const READ_IN_LOWER_CASE: ReadonlySet<string> = new Set(['https_proxy', 'http_proxy', 'no_proxy']);

const withUpperCase = (source: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries([...READ_IN_LOWER_CASE].map((name) => [name.toUpperCase(), source[name] ?? ''])),
  ...source,
});

/** The value of a variable that the projects file names; an empty one counts as unset. */
export const environmentVariable = (name: string): string | undefined =>
  (Object.hasOwn(process.env, name) && process.env[name]) || undefined;

/** The names of all variables that are set, ours and others'. */
export const namesOfVariables = (): string[] => Object.keys(process.env);

/** The names of the variables that `type` declares. */
export function variablesOf(type: ClassConstructor<object>): ReadonlySet<string> {
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  return new Set(rules.map(({ propertyName }) => propertyName));
}
