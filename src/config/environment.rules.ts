import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, IsUrl, Max, Min, ValidateBy } from 'class-validator';

const parsed = (parse: (text: string) => unknown) =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? parse(value) : value));

/** A whole number of `unit`, from `min` to `max`. */
export function IsWhole(unit: string, min: number, max: number): PropertyDecorator {
  const rule = { message: `$property must be a whole number of ${unit} from ${min} to ${max}` };
  return applyDecorators(parsed(Number), IsInt(rule), Min(min, rule), Max(max, rule));
}

export const IsPort = () => IsWhole('a TCP port', 0, 65_535);

export const IsMilliseconds = (min: number, max: number) => IsWhole('milliseconds', min, max);

/** An http or https URL; a slash at its end is dropped, so that paths can be appended. */
export const IsHttpUrl = () =>
  applyDecorators(
    parsed((text) => text.replace(/\/+$/, '')),
    IsUrl(
      { protocols: ['http', 'https'], require_protocol: true, require_tld: false },
      { message: '$property must be an absolute http or https URL, such as https://example.com' },
    ),
  );

/** A text that `parse` understands; it answers null for one that is not in the form that `form` describes. */
export function IsParsed(parse: (text: string) => unknown, form: string): PropertyDecorator {
  return applyDecorators(
    parsed(parse),
    ValidateBy({
      name: 'isParsed',
      validator: {
        validate: (value: unknown) => value !== null && value !== undefined,
        defaultMessage: (args) => `${args?.property} must be ${form}`,
      },
    }),
  );
}
