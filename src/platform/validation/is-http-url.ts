import { IsUrl } from 'class-validator';

/** Hosts of private networks may have no top-level domain. */
const ABSOLUTE = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };

/** An absolute http or https URL. `more` restricts it further. */
export const IsHttpUrl = (message: string, more: Parameters<typeof IsUrl>[0] = {}): PropertyDecorator =>
  IsUrl({ ...ABSOLUTE, ...more }, { message });
