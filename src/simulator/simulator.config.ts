/** Example values, the same as in the Compose file. They open nothing but this simulator. */
export const DEFAULT_PROJECT_ID = '00000000-0000-4000-8000-000000000001';
export const DEFAULT_API_TOKEN = 'PTsimulator';

export const SIMULATOR_CONFIG = Symbol('SIMULATOR_CONFIG');

export interface SimulatorConfig {
  /** 0 = any free port. */
  readonly port: number;
  readonly host: string;
  readonly projectId: string;
  readonly apiToken: string;
  /** Without it, requests carry no `X-SignalWire-Signature`. */
  readonly signingKey?: string;
  /** How long a `<Say>` takes unless the call sets it, in ms. */
  readonly sayMs: number;
  /** Limit for connecting to a document or callback server, in ms. */
  readonly connectTimeoutMs: number;
  /** Limit for its whole response, in ms. */
  readonly readTimeoutMs: number;
  /** How long a reader of the event stream may read nothing before it is disconnected, in ms. */
  readonly stalledReaderMs: number;
  /** Logs every change of a call. */
  readonly logChanges: boolean;
}

/** The limits of 2 s and 5 s are from SignalWire's page "Common webhook errors". */
export const DEFAULT_CONFIG: SimulatorConfig = {
  port: 4010,
  host: '127.0.0.1',
  projectId: DEFAULT_PROJECT_ID,
  apiToken: DEFAULT_API_TOKEN,
  sayMs: 0,
  connectTimeoutMs: 2000,
  readTimeoutMs: 5000,
  stalledReaderMs: 30_000,
  logChanges: true,
};
