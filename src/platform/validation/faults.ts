import type { ValidationError } from 'class-validator';

/** One thing that is wrong with a body or with the configuration. */
export interface Fault {
  /** The path of the field: `streamName`, `then[1].redirect`. */
  readonly field: string;
  readonly message: string;
}

/** A fault as a line of a message, which names the field once. */
export const faultLine = ({ field, message }: Fault): string =>
  message.startsWith(field) ? message : `${field}: ${message}`;

/** The name for the object itself, because class-validator only knows faults of properties. */
export const WHOLE_OBJECT = '';

/** No field has a longer name, and an unknown one must not be repeated whole in the response. */
export const MAX_NAME_LENGTH = 100;

/** Flattens class-validator's tree into one entry per fault, each with its whole path. */
export function faultsOf(errors: readonly ValidationError[], parent = ''): Fault[] {
  return errors.flatMap((error) => {
    const field = pathOf(parent, error.property);
    const messages = Object.entries(error.constraints ?? {}).map(([rule, message]) =>
      rule === 'whitelistValidation' ? `${error.property} is not a known field; remove it` : message,
    );
    const own = [...new Set(messages)].map((message) => ({ field, message }));
    return [...own, ...faultsOf(error.children ?? [], field)];
  });
}

/** `then`, `[1]` and `redirect` make `then[1].redirect`. */
export function pathOf(parent: string, property: string): string {
  if (property === WHOLE_OBJECT) return parent;
  if (parent === '') return property;
  return /^\d+$/.test(property) ? `${parent}[${property}]` : `${parent}.${property}`;
}
