import { plainToInstance } from 'class-transformer';
import type { ClassConstructor } from 'class-transformer';
import { validateSync } from 'class-validator';
import { faultsOf } from '../validation/faults.js';

/** Variables are missing or wrong; the message names every one of them and shows no value. */
export class InvalidEnvironmentError extends Error {
  override readonly name = 'InvalidEnvironmentError';

  constructor(readonly faults: readonly string[]) {
    super(`Invalid environment:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/**
 * Reads the variables that `type` declares. The only place that touches `process.env`.
 * An empty variable counts as unset, because Compose passes unset variables on as empty strings.
 *
 * @throws {InvalidEnvironmentError} names all faults at once
 */
export function readEnvironment<T extends object>(
  type: ClassConstructor<T>,
  source: NodeJS.ProcessEnv = process.env,
): T {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const environment = plainToInstance(type, given, { exposeDefaultValues: true });
  const errors = validateSync(environment, { forbidUnknownValues: false, stopAtFirstError: true });
  if (errors.length > 0) {
    throw new InvalidEnvironmentError(
      faultsOf(errors).map(({ field, message }) =>
        message.startsWith(field) ? message : `${field}: ${message}`,
      ),
    );
  }
  return environment;
}
