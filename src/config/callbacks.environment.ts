import { DOCUMENT_HOSTS_FORM, parseDocumentHosts } from '../cxml/document-hosts.js';
import type { DocumentHost } from '../cxml/document-hosts.js';
import { Optional } from '../platform/validation/optional.js';
import { CALLBACK_SECRETS_FORM, parseCallbackSecrets } from './callback-url.js';
import { IsFlag, IsParsed } from './environment.rules.js';
import { SecretFilesEnvironment } from './secret-files.environment.js';

/** Where the ends of cancellations may be reported, and what signs the reports. */
export class CallbacksEnvironment extends SecretFilesEnvironment {
  @Optional()
  @IsParsed(parseDocumentHosts, DOCUMENT_HOSTS_FORM)
  readonly CALLBACK_HOSTS?: readonly DocumentHost[];

  @Optional()
  @IsParsed(parseCallbackSecrets, CALLBACK_SECRETS_FORM)
  readonly CALLBACK_SECRETS?: readonly string[];

  @IsFlag()
  readonly ALLOW_PRIVATE_CALLBACKS: boolean = false;
}
