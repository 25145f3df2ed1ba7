import { isFQDN, isIP, ValidateBy } from 'class-validator';
import type { ValidationArguments } from 'class-validator';
import type { ServerAddress } from '../../platform/redis/connection/redis-target.js';

export const SERVERS_FORM =
  'one or more addresses with ports, separated by commas, such as redis-1:26379,redis-2:26379; IPv6 addresses in brackets';

/** @returns null for anything that is not in that form */
export function parseServers(text: string): ServerAddress[] | null {
  const servers = text.split(',').map((item) => parseServer(item.trim()));
  return servers.every((server) => server !== null) ? servers : null;
}

function parseServer(text: string): ServerAddress | null {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits);
  const isHost = bracketed === undefined ? isHostName(host) : isIP(host, 6);
  return isHost && port >= 1 && port <= 65_535 ? { host, port } : null;
}

const isHostName = (host: string): boolean =>
  isIP(host, 4) || isFQDN(host, { require_tld: false, allow_underscores: true });

const isSet = (args: ValidationArguments | undefined, variable: string): boolean => {
  const value: unknown = args && Reflect.get(args.object, variable);
  return value !== undefined && value !== false;
};

/** None of `others` is set, because only one of them can say where Redis is. */
export function Excludes(...others: readonly string[]): PropertyDecorator {
  return ValidateBy({
    name: 'excludes',
    validator: {
      validate: (_, args) => !others.some((other) => isSet(args, other)),
      defaultMessage: (args) =>
        `${args?.property} and ${others.find((other) => isSet(args, other))} are both set; remove one`,
    },
  });
}

/** One of `others` is set, without which it would have no effect. */
export function GoesWith(...others: readonly string[]): PropertyDecorator {
  return ValidateBy({
    name: 'goesWith',
    validator: {
      validate: (value: unknown, args) => value === false || others.some((other) => isSet(args, other)),
      defaultMessage: (args) => `${args?.property} needs ${others.join(' or ')}; set that too, or remove it`,
    },
  });
}

/** PEM text; whether it fits the server shows when Redis is connected. */
export const IsPem = (label: 'CERTIFICATE' | 'PRIVATE KEY') =>
  ValidateBy({
    name: 'isPem',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' && new RegExp(`-----BEGIN (?:[A-Z]+ )?${label}-----`).test(value),
      defaultMessage: (args) =>
        `${args?.property} must be PEM text that begins with -----BEGIN ${label}-----; name its file in ${args?.property}_FILE`,
    },
  });
