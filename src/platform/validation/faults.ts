import type { ValidationError } from 'class-validator';

/** One thing that is wrong with a body or with the configuration. */
export interface Fault {
  /** Where it stands: `streamName`, `then[1].redirect`. */
  readonly field: string;
  readonly message: string;
}

/** A fault as a line of a message: a rule that begins with its field says already where it stands. */
export const faultLine = ({ field, message }: Fault): string =>
  message.startsWith(field) ? message : `${field}: ${message}`;

/** Stands for the object itself: class-validator knows only faults of properties. */
export const WHOLE_OBJECT = '';

/** Flattens class-validator's tree into one entry a fault, with a whole path each. */
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
