/** Example values, shared with the Compose file. They give access to this simulator only. */
export const DEFAULT_PROJECT_ID = '00000000-0000-4000-8000-000000000001';
export const DEFAULT_API_TOKEN = 'PTsimulator';

export const SIMULATOR_CONFIG = Symbol('SIMULATOR_CONFIG');

export interface SimulatorConfig {
  /** 0 picks a free port. */
  readonly port: number;
  readonly host: string;
  readonly projectId: string;
  readonly apiToken: string;
  /** Where the page's button reaches the service, and with which key. */
  readonly serviceUrl: string;
  readonly serviceApiKey: string;
  /** Without it, requests carry no `X-SignalWire-Signature`. */
  readonly signingKey?: string;
  /** Duration of a `<Say>` in ms; a call can override it. */
  readonly sayMs: number;
  /** Timeout for connecting to a document or callback server, in ms. */
  readonly connectTimeoutMs: number;
  /** Timeout for the complete reply, in ms. */
  readonly readTimeoutMs: number;
  /** A reader of the event stream that reads nothing for this long is disconnected, in ms. */
  readonly stalledReaderMs: number;
  /** Logs every change of a call. */
  readonly logChanges: boolean;
}

/** The timeouts of 2 s and 5 s come from SignalWire's page "Common webhook errors". */
export const DEFAULT_CONFIG: SimulatorConfig = {
  port: 4010,
  host: '127.0.0.1',
  projectId: DEFAULT_PROJECT_ID,
  apiToken: DEFAULT_API_TOKEN,
  serviceUrl: 'http://localhost:3000',
  serviceApiKey: 'demo-key',
  sayMs: 0,
  connectTimeoutMs: 2000,
  readTimeoutMs: 5000,
  stalledReaderMs: 30_000,
  logChanges: true,
};
