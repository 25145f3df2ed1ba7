import { randomBytes } from 'node:crypto';

export interface ServiceSetup {
  readonly port: number;
  readonly publicPort: number;
  readonly redisUrl: string;
  readonly queuePrefix?: string;
  readonly signalWire: {
    readonly url: string;
    readonly projectId: string;
    readonly apiToken: string;
    readonly signingKey?: string | undefined;
  };
}

/** The whole environment of a service on loopback; the rest has its defaults. */
export function serviceVariables(setup: ServiceSetup): Record<string, string> {
  const { url, projectId, apiToken, signingKey } = setup.signalWire;
  return {
    PORT: String(setup.port),
    PUBLIC_PORT: String(setup.publicPort),
    PUBLIC_URL: `http://127.0.0.1:${setup.publicPort}`,
    REDIS_URL: setup.redisUrl,
    ...(setup.queuePrefix !== undefined && { QUEUE_PREFIX: setup.queuePrefix }),
    LINK_SECRET: randomBytes(32).toString('hex'),
    SIGNALWIRE_SPACE_URL: url,
    SIGNALWIRE_PROJECT_ID: projectId,
    SIGNALWIRE_API_TOKEN: apiToken,
    ...(signingKey !== undefined && { SIGNALWIRE_SIGNING_KEY: signingKey }),
    SHUTDOWN_TIMEOUT_MS: '2000',
    DRAIN_MS: '0',
  };
}
