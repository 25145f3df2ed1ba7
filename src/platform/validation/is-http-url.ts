import { IsUrl } from 'class-validator';

/** Names of private networks, which have no top-level domain, count too. */
const ABSOLUTE = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };

/** An absolute http or https URL; `more` says what it may not have. */
export const IsHttpUrl = (message: string, more: Parameters<typeof IsUrl>[0] = {}): PropertyDecorator =>
  IsUrl({ ...ABSOLUTE, ...more }, { message });
