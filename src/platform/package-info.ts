import { createRequire } from 'node:module';

/** The name and the version of the service. */
export const { name, version } = createRequire(import.meta.url)('#package.json') as {
  readonly name: string;
  readonly version: string;
};
