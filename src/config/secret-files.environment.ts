import { Optional } from '../platform/validation/optional.js';
import { ProxyEnvironment } from './proxy.environment.js';
import { FROM_FILES } from './secret-files.js';

/** Declares the paths of files that hold secrets, as Docker and Kubernetes mount them. */
export class SecretFilesEnvironment extends ProxyEnvironment {}

for (const name of FROM_FILES) Optional()(SecretFilesEnvironment.prototype, `${name}_FILE`);
