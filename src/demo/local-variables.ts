import { randomBytes } from 'node:crypto';

export interface LocalSetup {
  readonly port: number;
  readonly publicPort: number;
  readonly redisUrl: string;
  readonly queuePrefix: string;
  readonly simulator: {
    readonly url: string;
    readonly projectId: string;
    readonly apiToken: string;
    readonly signingKey?: string;
  };
}

/** The variables of a service that uses a local Redis and a simulator. */
export function localVariables(setup: LocalSetup): Record<string, string> {
  return {
    PORT: String(setup.port),
    PUBLIC_PORT: String(setup.publicPort),
    PUBLIC_URL: `http://127.0.0.1:${setup.publicPort}`,
    REDIS_URL: setup.redisUrl,
    QUEUE_PREFIX: setup.queuePrefix,
    LINK_SECRET: randomBytes(32).toString('hex'),
    SIGNALWIRE_SPACE_URL: setup.simulator.url,
    SIGNALWIRE_PROJECT_ID: setup.simulator.projectId,
    SIGNALWIRE_API_TOKEN: setup.simulator.apiToken,
    SIGNALWIRE_SIGNING_KEY: setup.simulator.signingKey ?? '',
    SHUTDOWN_TIMEOUT_MS: '2000',
    DRAIN_MS: '0',
  };
}
