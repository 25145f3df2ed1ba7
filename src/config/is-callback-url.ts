import { ValidateBy } from 'class-validator';
import { CALLBACK_URL_FORM, isCallbackUrl } from './callback-url.js';

export const IsCallbackUrl = (): PropertyDecorator =>
  ValidateBy({
    name: 'isCallbackUrl',
    validator: {
      validate: isCallbackUrl,
      defaultMessage: (args) => `${args?.property} must be ${CALLBACK_URL_FORM}`,
    },
  });
