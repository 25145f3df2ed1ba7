import { IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { readEnvironment } from '../config/environment.js';
import { IsPort } from '../config/environment.rules.js';

/** Example values, the same in the compose file: they open nothing outside this simulator. */
export const DEFAULT_PROJECT_ID = '00000000-0000-4000-8000-000000000001';
export const DEFAULT_API_TOKEN = 'PTsimulator';

export const SIMULATOR_CONFIG = Symbol('SIMULATOR_CONFIG');

export interface SimulatorConfig {
  /** 0 = any free port. */
  readonly port: number;
  readonly host: string;
  readonly projectId: string;
  readonly apiToken: string;
  /** Without it, what the simulator sends carries no `X-SignalWire-Signature`. */
  readonly signingKey?: string;
  /** How long saying one `<Say>` takes where the call does not tell, in ms. */
  readonly sayMs: number;
  /** How long a connection to a document or callback server may take, in ms. */
  readonly connectTimeoutMs: number;
  /** How long its whole answer may take, in ms. */
  readonly readTimeoutMs: number;
  /** How long a reader of the events may take nothing, in ms, before its connection is closed. */
  readonly stalledReaderMs: number;
  /** Writes a line for every change of a call. */
  readonly logChanges: boolean;
}

/** 2 s and 5 s: SignalWire's "Common webhook errors" page. */
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

class SimulatorEnvironment {
  @IsPort()
  SIMULATOR_PORT: number = DEFAULT_CONFIG.port;

  @IsString()
  @IsNotEmpty()
  SIMULATOR_HOST: string = DEFAULT_CONFIG.host;

  @IsString()
  @IsNotEmpty()
  SIGNALWIRE_PROJECT_ID: string = DEFAULT_PROJECT_ID;

  @IsString()
  @IsNotEmpty()
  SIGNALWIRE_API_TOKEN: string = DEFAULT_API_TOKEN;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  SIGNALWIRE_SIGNING_KEY?: string;
}

/** @throws {InvalidEnvironmentError} names every wrong variable */
export function readSimulatorConfig(source?: NodeJS.ProcessEnv): SimulatorConfig {
  const environment = readEnvironment(SimulatorEnvironment, source);
  return {
    ...DEFAULT_CONFIG,
    port: environment.SIMULATOR_PORT,
    host: environment.SIMULATOR_HOST,
    projectId: environment.SIGNALWIRE_PROJECT_ID,
    apiToken: environment.SIGNALWIRE_API_TOKEN,
    signingKey: environment.SIGNALWIRE_SIGNING_KEY,
  };
}
