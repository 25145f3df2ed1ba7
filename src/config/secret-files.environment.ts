import { Optional } from '../platform/validation/optional.js';
import { ProxyEnvironment } from './proxy.environment.js';

/** Paths of files that hold secrets, as Docker and Kubernetes mount them. */
export class SecretFilesEnvironment extends ProxyEnvironment {
  @Optional()
  readonly LINK_SECRET_FILE?: string;

  @Optional()
  readonly REDIS_URL_FILE?: string;

  @Optional()
  readonly REDIS_PASSWORD_FILE?: string;

  @Optional()
  readonly REDIS_SENTINEL_PASSWORD_FILE?: string;

  @Optional()
  readonly REDIS_TLS_CA_FILE?: string;

  @Optional()
  readonly REDIS_TLS_CERT_FILE?: string;

  @Optional()
  readonly REDIS_TLS_KEY_FILE?: string;

  @Optional()
  readonly SIGNALWIRE_API_TOKEN_FILE?: string;

  @Optional()
  readonly SIGNALWIRE_SIGNING_KEY_FILE?: string;

  @Optional()
  readonly SIGNALWIRE_PREVIOUS_SIGNING_KEY_FILE?: string;

  @Optional()
  readonly CALLBACK_SECRETS_FILE?: string;

  @Optional()
  readonly METRICS_TOKEN_FILE?: string;

  @Optional()
  readonly PROOF_KEY_FILE?: string;
}
