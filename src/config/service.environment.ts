import { IsIP, Matches } from 'class-validator';
import { DOCUMENT_HOSTS_FORM, parseDocumentHosts } from '../cxml/document-hosts.js';
import type { DocumentHost } from '../cxml/document-hosts.js';
import { IsDocumentUrl } from '../cxml/is-document-url.js';
import { IsThen } from '../cxml/is-then.js';
import { GUIDE_THEN } from '../cxml/verbs.js';
import type { Verb } from '../cxml/verbs.js';
import { API_KEYS_FORM, KEY, parseApiKeys } from '../platform/http/api-key.js';
import type { ApiKey } from '../platform/http/api-key.js';
import { LOG_LEVELS } from '../platform/logging/logger.js';
import type { LogLevel } from '../platform/logging/logger.js';
import { parseTrustedProxies } from '../platform/http/trusted-proxies.js';
import { REQUIRED_EVIDENCE } from '../cancellation/vocabulary.js';
import type { RequiredEvidence } from '../cancellation/vocabulary.js';
import { Optional } from '../platform/validation/optional.js';
import {
  DiffersFrom,
  FromJson,
  IsAtMost,
  IsBasePath,
  IsBaseUrl,
  IsFlag,
  IsJson,
  IsListOf,
  IsMilliseconds,
  IsOneOf,
  IsOrigin,
  IsParsed,
  IsPathOf,
  IsPort,
  IsSecret,
  IsWhole,
  MAX_REQUESTS_PER_SECOND,
} from './environment.rules.js';
import { IsEd25519Key } from '../platform/validation/is-ed25519-key.js';
import { RedisEnvironment } from './redis/redis.environment.js';
import { DescribesProject, IsApiToken, IsProjectId, IsSigningKey } from './signalwire.rules.js';

/** The roles that a process can have. */
export const ROLES = ['api', 'worker', 'documents'] as const;
export type Role = (typeof ROLES)[number];

const DAY_MS = 86_400_000;

/** The variables of the service. Meaning, units and defaults: `.env.example` and docs/configuration.md. */
export class ServiceEnvironment extends RedisEnvironment {
  @IsListOf(ROLES)
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

  @Optional()
  @Matches(/^\S(?:.{0,38}\S)?$/, {
    message: '$property must be a name of 1 to 40 characters, such as staging',
  })
  readonly ENVIRONMENT_NAME?: string;

  @IsFlag()
  readonly ALLOW_UNSAFE_REDIS: boolean = false;

  @Matches(/^(?=.{1,64}$)[\w.-]*\{[\w.-]+\}[\w.-]*$/, {
    message:
      '$property must be 1 to 64 letters, digits or any of _ - . with one part in braces, such as {streamstop}: ' +
      'a cluster keeps all keys with the same braces together',
  })
  readonly QUEUE_PREFIX: string = '{streamstop}';

  @IsBaseUrl()
  readonly PUBLIC_URL: string;

  @Optional()
  @IsBaseUrl()
  readonly FALLBACK_URL?: string;

  @IsFlag()
  readonly ALLOW_PRIVATE_PUBLIC_URL: boolean = false;

  @IsSecret(32)
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
  @IsPathOf('a JSON file')
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
  @IsPathOf('a folder')
  readonly TEMPLATES_DIR?: string;

  @IsOneOf(REQUIRED_EVIDENCE)
  readonly REQUIRED_EVIDENCE: RequiredEvidence = 'document_fetched';

  @Optional()
  @IsParsed(parseApiKeys, API_KEYS_FORM)
  readonly API_KEYS: readonly ApiKey[] = [];

  @Optional()
  @IsPathOf('a JSON file')
  readonly API_KEYS_FILE?: string;

  @Optional()
  @Matches(KEY, {
    message: '$property must be 24 or more visible ASCII characters; make one with: openssl rand -hex 32',
  })
  readonly METRICS_TOKEN?: string;

  @Optional()
  @IsEd25519Key()
  readonly PROOF_KEY?: string;

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

  @IsOneOf(LOG_LEVELS)
  readonly LOG_LEVEL: LogLevel = 'info';
}
