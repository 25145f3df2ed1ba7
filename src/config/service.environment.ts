import { IsIn, IsIP, IsNotEmpty, Matches, ValidateBy, ValidateIf } from 'class-validator';
import { DOCUMENT_HOSTS_FORM, parseDocumentHosts } from '../cxml/document-hosts.js';
import type { DocumentHost } from '../cxml/document-hosts.js';
import { IsDocumentUrl } from '../cxml/is-document-url.js';
import { IsThen } from '../cxml/is-then.js';
import { GUIDE_THEN } from '../cxml/verbs.js';
import type { Verb } from '../cxml/verbs.js';
import { API_KEYS_FORM, parseApiKeys } from '../platform/http/api-key.js';
import type { ApiKey } from '../platform/http/api-key.js';
import { LOG_LEVELS } from '../platform/logging/logger.js';
import type { LogLevel } from '../platform/logging/logger.js';
import { parseTrustedProxies } from '../platform/http/trusted-proxies.js';
import { REQUIRED_EVIDENCE } from '../cancellation/vocabulary.js';
import type { RequiredEvidence } from '../cancellation/vocabulary.js';
import { Optional } from '../platform/validation/optional.js';
import { CallbacksEnvironment } from './callbacks.environment.js';
import {
  DiffersFrom,
  FromJson,
  IsAtMost,
  IsBasePath,
  IsBaseUrl,
  IsFlag,
  IsJson,
  IsMilliseconds,
  IsOrigin,
  IsParsed,
  IsPort,
  IsRedisUrl,
  IsWhole,
  MAX_REQUESTS_PER_SECOND,
} from './environment.rules.js';

/** The roles that a process can have. */
export const ROLES = ['api', 'worker', 'documents'] as const;
export type Role = (typeof ROLES)[number];

const DAY_MS = 86_400_000;

function parseRoles(text: string): Role[] | null {
  const roles = text.split(',').map((role) => role.trim());
  return roles.every((role): role is Role => ROLES.some((known) => known === role)) ? roles : null;
}

const HasBytes = (min: number) =>
  ValidateBy({
    name: 'hasBytes',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && Buffer.byteLength(value.trim()) >= min,
      defaultMessage: (args) =>
        `${args?.property} is required and must be ${min} bytes or more; make one with: openssl rand -hex 32`,
    },
  });

const IsProjectId = () =>
  Matches(/^(?!PT|PSK)[\w.-]{1,128}$/, {
    message: '$property is required; it looks like 8f0c4b47-9a52-4f6f-8c2f-8d112b5c9f5e, without quotes',
  });

const IsApiToken = () =>
  Matches(/^(?!PSK)[\w.-]{1,128}$/, {
    message: '$property is required; it looks like PT followed by hexadecimal digits, without quotes',
  });

const IsSigningKey = () =>
  Matches(/^(?!PT)[!#-&(-_a-~]{1,128}$/, {
    message: '$property must be one key without spaces and quotes, such as PSK0123456789',
  });

/** Required without a projects file; with one, the three variables are all set or all unset. */
const DescribesProject = () =>
  ValidateIf(
    (environment: ServiceEnvironment) =>
      environment.SIGNALWIRE_PROJECTS_FILE === undefined ||
      environment.SIGNALWIRE_SPACE_URL !== undefined ||
      environment.SIGNALWIRE_PROJECT_ID !== undefined ||
      environment.SIGNALWIRE_API_TOKEN !== undefined,
  );

/** The variables of the service. Meaning, units and defaults: `.env.example` and docs/configuration.md. */
export class ServiceEnvironment extends CallbacksEnvironment {
  @IsParsed(parseRoles, `one or more of ${ROLES.join(', ')}, separated by commas`)
  readonly ROLES: readonly Role[] = ROLES;

  @IsPort()
  readonly PORT: number = 3000;

  @IsPort()
  @DiffersFrom('PORT')
  readonly PUBLIC_PORT: number = 3001;

  @IsPort()
  @DiffersFrom('PORT', 'PUBLIC_PORT')
  readonly METRICS_PORT: number = 3002;

  @IsIP(undefined, { message: '$property must be an IP address, such as ::, 0.0.0.0 or 127.0.0.1' })
  readonly LISTEN_ADDRESS: string = '::';

  @Optional()
  @IsBasePath()
  readonly BASE_PATH?: string;

  @IsRedisUrl()
  readonly REDIS_URL: string;

  @IsFlag()
  readonly ALLOW_UNSAFE_REDIS: boolean = false;

  @Matches(/^[\w{}.-]{1,64}$/, { message: '$property must be 1 to 64 letters, digits or any of _ - . { }' })
  readonly QUEUE_PREFIX: string = '{streamstop}';

  @IsBaseUrl()
  readonly PUBLIC_URL: string;

  @Optional()
  @IsBaseUrl()
  readonly FALLBACK_URL?: string;

  @IsFlag()
  readonly ALLOW_PRIVATE_PUBLIC_URL: boolean = false;

  @HasBytes(32)
  readonly LINK_SECRET: string;

  @DescribesProject()
  @IsOrigin('https://example.signalwire.com')
  readonly SIGNALWIRE_SPACE_URL?: string;

  @DescribesProject()
  @IsProjectId()
  readonly SIGNALWIRE_PROJECT_ID?: string;

  @DescribesProject()
  @IsApiToken()
  readonly SIGNALWIRE_API_TOKEN?: string;

  @Optional()
  @IsNotEmpty({ message: '$property must be the path of a JSON file' })
  readonly SIGNALWIRE_PROJECTS_FILE?: string;

  @IsWhole('requests', 1, MAX_REQUESTS_PER_SECOND)
  readonly MAX_REQUESTS_PER_SECOND: number = 1000;

  @Optional()
  @IsSigningKey()
  readonly SIGNALWIRE_SIGNING_KEY?: string;

  @Optional()
  @IsSigningKey()
  readonly SIGNALWIRE_PREVIOUS_SIGNING_KEY?: string;

  @IsWhole('requests', 1, 1_000_000)
  readonly SOURCE_REQUESTS_PER_MINUTE: number = 6000;

  @Optional()
  @IsParsed(
    parseTrustedProxies,
    'addresses or CIDR ranges, separated by commas, such as 127.0.0.1,10.0.0.0/8',
  )
  readonly TRUSTED_PROXIES?: readonly string[];

  @Optional()
  @IsDocumentUrl()
  readonly DOCUMENT_URL?: string;

  @Optional()
  @IsParsed(parseDocumentHosts, DOCUMENT_HOSTS_FORM)
  readonly DOCUMENT_HOSTS?: readonly DocumentHost[];

  @Optional()
  @IsNotEmpty({ message: '$property must be the path of a folder' })
  readonly TEMPLATES_DIR?: string;

  @IsIn(REQUIRED_EVIDENCE, { message: `$property must be one of ${REQUIRED_EVIDENCE.join(', ')}` })
  readonly REQUIRED_EVIDENCE: RequiredEvidence = 'document_fetched';

  @Optional()
  @IsParsed(parseApiKeys, API_KEYS_FORM)
  readonly API_KEYS: readonly ApiKey[] = [];

  @Optional()
  @IsNotEmpty({ message: '$property must be the path of a JSON file' })
  readonly API_KEYS_FILE?: string;

  @IsWhole('jobs', 1, 10_000)
  readonly WORKER_CONCURRENCY: number = 100;

  @Optional()
  @IsWhole('attempts', 1, 100)
  readonly MAX_ATTEMPTS?: number;

  @IsMilliseconds(1, DAY_MS)
  @IsAtMost('BACKOFF_CAP_MS')
  readonly BACKOFF_BASE_MS: number = 250;

  @IsMilliseconds(1, DAY_MS)
  readonly BACKOFF_CAP_MS: number = 8000;

  @IsMilliseconds(100, 60_000)
  readonly REQUEST_TIMEOUT_MS: number = 5000;

  @IsMilliseconds(100, 60_000)
  readonly CONFIRMATION_TIMEOUT_MS: number = 8000;

  @IsMilliseconds(1000, DAY_MS)
  readonly DEADLINE_MS: number = 60_000;

  @IsWhole('hours', 1, 8760)
  readonly RETENTION_HOURS: number = 24;

  @FromJson()
  @IsThen()
  @IsJson()
  readonly DEFAULT_THEN: readonly Verb[] = GUIDE_THEN;

  @IsMilliseconds(0, 600_000)
  readonly DRAIN_MS: number = 8000;

  @IsMilliseconds(100, 600_000)
  readonly SHUTDOWN_TIMEOUT_MS: number = 20_000;

  @IsIn(LOG_LEVELS, { message: `$property must be one of ${LOG_LEVELS.join(', ')}` })
  readonly LOG_LEVEL: LogLevel = 'info';
}
