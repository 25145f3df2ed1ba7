import { ValidateBy } from 'class-validator';
import type { ValidationArguments } from 'class-validator';

const names = (args: ValidationArguments | undefined): boolean =>
  args !== undefined && Reflect.get(args.object, 'streamNames') !== undefined;

/** The field names a document that stops one stream, so it may not stand beside `streamNames`. */
export const OfOneStream = (): PropertyDecorator =>
  ValidateBy({
    name: 'ofOneStream',
    validator: {
      validate: (_, args) => !names(args),
      defaultMessage: (args) =>
        `${args?.property} names the document of one stream: use streamName beside it, in a request for each stream`,
    },
  });
