import { IsString } from 'class-validator';
import { IsOneOf, IsPort } from '../config/environment.rules.js';
import { LOG_LEVELS } from '../platform/logging/logger.js';
import type { LogLevel } from '../platform/logging/logger.js';
import { IsHttpUrl } from '../platform/validation/is-http-url.js';
import { Optional } from '../platform/validation/optional.js';
import { DEFAULT_CONFIG } from '../simulator/simulator.config.js';
import type { SimulatorConfig } from '../simulator/simulator.config.js';

/** The variables of the simulator when it runs by itself. */
export class SimulatorEnvironment {
  @IsPort()
  readonly SIMULATOR_PORT: number = DEFAULT_CONFIG.port;

  @IsString()
  readonly SIMULATOR_HOST: string = DEFAULT_CONFIG.host;

  @IsString()
  readonly SIGNALWIRE_PROJECT_ID: string = DEFAULT_CONFIG.projectId;

  @IsString()
  readonly SIGNALWIRE_API_TOKEN: string = DEFAULT_CONFIG.apiToken;

  @Optional()
  readonly SIGNALWIRE_SIGNING_KEY?: string;

  @IsHttpUrl('$property must be an http or https URL')
  readonly SERVICE_URL: string = DEFAULT_CONFIG.serviceUrl;

  @IsString()
  readonly SERVICE_API_KEY: string = DEFAULT_CONFIG.serviceApiKey;

  @IsOneOf(LOG_LEVELS)
  readonly LOG_LEVEL: LogLevel = 'info';
}

export const simulatorConfig = (environment: SimulatorEnvironment): SimulatorConfig => ({
  ...DEFAULT_CONFIG,
  port: environment.SIMULATOR_PORT,
  host: environment.SIMULATOR_HOST,
  projectId: environment.SIGNALWIRE_PROJECT_ID,
  apiToken: environment.SIGNALWIRE_API_TOKEN,
  serviceUrl: environment.SERVICE_URL,
  serviceApiKey: environment.SERVICE_API_KEY,
  signingKey: environment.SIGNALWIRE_SIGNING_KEY,
});
