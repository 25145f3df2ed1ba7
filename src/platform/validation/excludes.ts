import { ValidateBy } from 'class-validator';
import type { ValidationArguments } from 'class-validator';

/** The field replaces `others`, none of which may be given beside it. */
export function Excludes(...others: readonly string[]): PropertyDecorator {
  const given = (args: ValidationArguments | undefined): string[] =>
    others.filter((other) => args !== undefined && Reflect.get(args.object, other) !== undefined);
  return ValidateBy({
    name: 'excludes',
    validator: {
      validate: (_, args) => given(args).length === 0,
      defaultMessage: (args) =>
        `${args?.property} takes the place of ${given(args).join(' and ')}; give one alone`,
    },
  });
}
